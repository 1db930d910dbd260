package dev.counterfoil.cli.statements;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.disclosure.IncidentAsk;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Ends a hold. */
@Command(
    name = "lift",
    description = {"Ends a hold before its time.", "One person may."})
final class HoldLiftCommand extends IncidentAsk {
  @Parameters(index = "1", paramLabel = "HOLD", description = "Its number, as hold list shows it.")
  private long hold;

  @Override
  protected int run() throws FormatException, InterruptedException {
    JsonObject answer = ask("hold-lift", about().with("hold", hold));
    print(answer, "Hold %d is over.".formatted(hold));
    return ExitCode.OK;
  }
}
