package dev.counterfoil.cli.rules;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.MonitorCommand;
import dev.counterfoil.cli.command.Table;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;

/** Shows the monitor's rules and what they take of people's attention. */
@Command(
    name = "list",
    description = {
      "Shows the rules that the monitor runs, and their alerts of the last day.",
      "The budget of a rule is one alert per thousand people and day. People are those whose events"
          + " came in the day, at least a thousand.",
      "Exit code 0: each rule keeps its budget; 1: one does not."
    })
final class RulesListCommand extends MonitorCommand {
  private static final int CELL_MAX = 60;

  @Override
  protected int ask() throws IOException, FormatException {
    List<JsonObject> found = new ArrayList<>();
    installation.monitorAdmin().ask("rules", JsonObject.builder().build(), found::add);
    print(JsonObject.builder().put("rules", found).build(), text(found));
    return found.stream().noneMatch(one -> Boolean.TRUE.equals(one.get("over_budget")))
        ? ExitCode.OK
        : ExitCode.NO;
  }

  private static String text(List<JsonObject> found) throws FormatException {
    Table table =
        new Table(
            CELL_MAX,
            List.of(
                "RULE", "LEVEL", "TITLE", "TOLD", "SUPPRESSED", "RIGHT", "WRONG", "PER 1000", ""));
    for (JsonObject one : found) {
      table.row(
          List.of(
              one.string("rule"),
              one.string("level"),
              one.string("title"),
              Long.toString(one.number("told")),
              Long.toString(one.number("suppressed")),
              Long.toString(one.number("true_positive")),
              Long.toString(one.number("false_positive")),
              one.string("per_thousand_and_day"),
              one.truth("over_budget") ? "OVER BUDGET" : ""));
    }
    return table.toString();
  }
}
