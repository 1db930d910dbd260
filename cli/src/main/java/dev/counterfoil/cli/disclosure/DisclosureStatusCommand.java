package dev.counterfoil.cli.disclosure;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.Table;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.util.List;
import picocli.CommandLine.Command;

/** Shows what the process has. */
@Command(
    name = "status",
    description = {
      "Shows the incidents that were taken over, and until when the keys last.",
      "Exit code 1: the key log does not state the keys yet."
    })
final class DisclosureStatusCommand extends DisclosureAsk {
  private static final int CELL_MAX = 40;

  @Override
  protected int run() throws FormatException, InterruptedException {
    JsonObject status = ask("status", JsonObject.builder().build());
    Table table =
        new Table(CELL_MAX, List.of("INCIDENT", "SEVERITY", "CLAIMS", "VERSIONS", "NOTICES"));
    for (JsonObject one : status.objects("incidents")) {
      table.row(
          List.of(
              one.string("id"),
              one.string("severity"),
              Long.toString(one.number("claims")),
              Long.toString(one.number("versions")),
              Long.toString(one.number("notices"))));
    }
    boolean isStated = status.has("keys_end");
    print(
        status,
        table
            + "\n"
            + (isStated
                ? "The keys end at "
                    + status.string("keys_end")
                    + ". The one that signs is "
                    + status.string("kid")
                    + "."
                : "The keys are not stated: run counterfoil disclosure state-key."));
    return isStated ? ExitCode.OK : ExitCode.NO;
  }
}
