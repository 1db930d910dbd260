package dev.counterfoil.cli.disclosure;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.Table;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Lists claims. */
@Command(name = "list", description = "Lists the claims of an incident.")
final class ClaimListCommand extends DisclosureAsk {
  private static final int CELL_MAX = 100;

  @Parameters(paramLabel = "INCIDENT", description = "The incident's number.")
  private String incident;

  @Override
  int run() throws FormatException, InterruptedException {
    JsonObject answer = ask("claims", about(incident));
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
