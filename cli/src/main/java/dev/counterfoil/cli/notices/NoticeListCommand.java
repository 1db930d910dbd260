package dev.counterfoil.cli.notices;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.Table;
import dev.counterfoil.cli.disclosure.IncidentAsk;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.util.List;
import picocli.CommandLine.Command;

/** Lists notices. */
@Command(
    name = "list",
    description = {
      "Lists the notices of an incident, and who acknowledged them.",
      "Only a person's acknowledgement counts as received. Exit code 1: one is missing."
    })
final class NoticeListCommand extends IncidentAsk {
  private static final int CELL_MAX = 60;

  @Override
  protected int run() throws FormatException, InterruptedException {
    JsonObject answer = ask("notices", about());
    Table table =
        new Table(
            CELL_MAX, List.of("CODE", "TENANT", "VERSION", "SENT ON", "FAILING", "ACKNOWLEDGED"));
    List<JsonObject> notices = answer.objects("notices");
    for (JsonObject one : notices) {
      table.row(
          List.of(
              one.string("code"),
              one.string("tenant"),
              Long.toString(one.number("statement")),
              String.join(", ", one.strings("sent")),
              String.join(", ", one.strings("failing")),
              one.optionalString("acknowledged_by").orElse("no")));
    }
    long reached = answer.number("acknowledged");
    print(
        answer, table + "\n%d of %d notices are acknowledged.".formatted(reached, notices.size()));
    return reached == notices.size() ? ExitCode.OK : ExitCode.NO;
  }
}
