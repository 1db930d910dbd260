package dev.counterfoil.cli.claims;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.Table;
import dev.counterfoil.cli.disclosure.IncidentAsk;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.util.List;
import picocli.CommandLine.Command;

/** Lists claims. */
@Command(name = "list", description = "Lists the claims of an incident.")
final class ClaimListCommand extends IncidentAsk {
  private static final int CELL_MAX = 100;

  @Override
  protected int run() throws FormatException, InterruptedException {
    JsonObject answer = ask("claims", about());
    Table table = new Table(CELL_MAX, List.of("CLAIM", "VERSION", "STATE", "BY", "TEXT"));
    for (JsonObject one : answer.objects("claims")) {
      table.row(
          List.of(
              one.string("id"),
              Long.toString(one.number("version")),
              one.string("state") + (one.truth("overdue") ? ", OVERDUE" : ""),
              one.string("author"),
              one.string("text")));
    }
    print(answer, table.toString());
    return ExitCode.OK;
  }
}
