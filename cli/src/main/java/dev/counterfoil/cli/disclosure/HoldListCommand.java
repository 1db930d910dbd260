package dev.counterfoil.cli.disclosure;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.Table;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Lists holds. */
@Command(name = "list", description = "Lists the holds of an incident.")
final class HoldListCommand extends DisclosureAsk {
  private static final int CELL_MAX = 100;

  @Parameters(paramLabel = "INCIDENT", description = "The incident's number.")
  private String incident;

  @Override
  int run() throws FormatException, InterruptedException {
    JsonObject answer = ask("holds", about(incident));
    Table table = new Table(CELL_MAX, List.of("HOLD", "IN FORCE", "UNTIL", "BY", "REASON"));
    for (JsonObject one : answer.objects("holds")) {
      table.row(
          List.of(
              Long.toString(one.number("hold")),
              one.truth("in_force") ? "yes" : "no",
              one.string("until"),
              one.string("by") + one.optionalString("confirmed_by").map(by -> ", " + by).orElse(""),
              one.string("reason")));
    }
    print(answer, table.toString());
    return ExitCode.OK;
  }
}
