package dev.counterfoil.cli.statements;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.Table;
import dev.counterfoil.cli.disclosure.IncidentAsk;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.util.List;
import picocli.CommandLine.Command;

/** Lists holds. */
@Command(name = "list", description = "Lists the holds of an incident.")
final class HoldListCommand extends IncidentAsk {
  private static final int CELL_MAX = 100;

  @Override
  protected int run() throws FormatException, InterruptedException {
    JsonObject answer = ask("holds", about());
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
