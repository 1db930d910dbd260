package dev.counterfoil.cli.claims;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.disclosure.IncidentAsk;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Takes back a claim that was not published. */
@Command(
    name = "withdraw",
    description = {
      "Takes back a claim that is not published.",
      "A published one is taken back by counterfoil correction."
    })
final class ClaimWithdrawCommand extends IncidentAsk {
  @Parameters(index = "1", paramLabel = "CLAIM", description = "The claim, such as C2.")
  private String claim;

  @Option(names = "--reason", required = true, paramLabel = "TEXT", description = "Why.")
  private String reason;

  @Override
  protected int run() throws FormatException, InterruptedException {
    JsonObject answer = ask("claim-withdraw", about().with("id", claim, "reason", reason));
    print(answer, "Claim " + answer.string("claim") + " is withdrawn.");
    return ExitCode.OK;
  }
}
