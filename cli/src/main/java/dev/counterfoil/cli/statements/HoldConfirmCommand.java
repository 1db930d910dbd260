package dev.counterfoil.cli.statements;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.disclosure.IncidentAsk;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Confirms a hold. */
@Command(name = "confirm", description = "Confirms a hold that another operator asked for.")
final class HoldConfirmCommand extends IncidentAsk {
  @Parameters(index = "1", paramLabel = "HOLD", description = "Its number, as hold list shows it.")
  private long hold;

  @Override
  protected int run() throws FormatException, InterruptedException {
    JsonObject answer = ask("hold-confirm", about().with("hold", hold));
    print(
        answer,
        "Incident %s is held back until %s. Everybody sees in holds.txt:%n%s"
            .formatted(incident, answer.string("until"), answer.string("commitment")));
    return ExitCode.OK;
  }
}
