package dev.counterfoil.cli.findings;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.MonitorCommand;
import dev.counterfoil.cli.command.Table;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Shows suppressions. */
@Command(
    name = "suppressions",
    description = "Shows what is suppressed, why, by whom, and until when.")
public final class FindingsSuppressionsCommand extends MonitorCommand {
  private static final int CELL_MAX = 60;

  @Option(names = "--all", description = "Those that ended, too.")
  private boolean all;

  @Override
  protected int ask() throws IOException, FormatException {
    List<JsonObject> found = new ArrayList<>();
    installation
        .monitorAdmin()
        .ask("suppressions", JsonObject.builder().put("all", all).build(), found::add);
    print(JsonObject.builder().put("suppressions", found).build(), text(found));
    return ExitCode.OK;
  }

  private static String text(List<JsonObject> found) throws FormatException {
    if (found.isEmpty()) {
      return "Nothing is suppressed.";
    }
    Table table =
        new Table(
            CELL_MAX,
            List.of(
                "ID", "STATE", "KIND", "RULE", "ABOUT", "UNTIL", "OWNER", "ADDED BY", "REASON"));
    for (JsonObject one : found) {
      table.row(
          List.of(
              Long.toString(one.number("id")),
              one.string("state"),
              one.string("kind"),
              one.optionalString("rule").orElse("any"),
              one.optionalString("about").orElse("any"),
              Instant.ofEpochMilli(one.number("until_ms"))
                  .truncatedTo(ChronoUnit.SECONDS)
                  .toString(),
              one.string("owner"),
              one.string("added_by")
                  + one.optionalString("approved_by").map(by -> ", " + by).orElse(""),
              one.string("reason")));
    }
    return table.toString();
  }
}
