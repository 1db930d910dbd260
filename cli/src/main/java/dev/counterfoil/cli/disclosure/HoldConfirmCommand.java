package dev.counterfoil.cli.disclosure;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Confirms a hold. */
@Command(name = "confirm", description = "Confirms a hold that another operator asked for.")
final class HoldConfirmCommand extends DisclosureAsk {
  @Parameters(index = "0", paramLabel = "INCIDENT", description = "The incident's number.")
  private String incident;

  @Parameters(index = "1", paramLabel = "HOLD", description = "Its number, as hold list shows it.")
  private long hold;

  @Override
  int run() throws FormatException, InterruptedException {
    JsonObject answer = ask("hold-confirm", about(incident).with("hold", hold));
    print(
        answer,
        "Incident %s is held back until %s. Everybody sees in holds.txt:%n%s"
            .formatted(incident, answer.string("until"), answer.string("commitment")));
    return ExitCode.OK;
  }
}
