package dev.counterfoil.cli.claims;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.disclosure.IncidentAsk;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Withdraws evidence. */
@Command(
    name = "withdraw-evidence",
    description = {
      "Withdraws evidence that claims rest on.",
      "A published claim without any other evidence has to be corrected within 72 hours."
    })
final class ClaimEvidenceCommand extends IncidentAsk {
  @Parameters(index = "1", paramLabel = "LINK", description = "The evidence, as claims name it.")
  private String evidence;

  @Option(names = "--reason", required = true, paramLabel = "TEXT", description = "Why.")
  private String reason;

  @Override
  protected int run() throws FormatException, InterruptedException {
    JsonObject answer = ask("evidence-withdraw", about().with("evidence", evidence, "why", reason));
    print(
        answer,
        "Withdrawn. These claims rested on it: " + String.join(", ", answer.strings("claims")));
    return ExitCode.OK;
  }
}
