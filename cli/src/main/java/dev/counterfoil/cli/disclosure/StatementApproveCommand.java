package dev.counterfoil.cli.disclosure;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Approves a draft. */
@Command(
    name = "approve",
    description = {
      "Approves a draft, as it is now and as nothing else.",
      "Another operator then publishes it. Any change makes it another draft."
    })
final class StatementApproveCommand extends DisclosureAsk {
  @Parameters(paramLabel = "INCIDENT", description = "The incident's number.")
  private String incident;

  @Option(
      names = "--draft",
      required = true,
      paramLabel = "DIGEST",
      description = "The draft that you read, as counterfoil statement draft prints it.")
  private String draft;

  @Override
  int run() throws FormatException, InterruptedException {
    JsonObject answer = ask("approve", about(incident).with("draft", draft));
    print(answer, "Approved by " + String.join(", ", answer.strings("approved_by")) + ".");
    return ExitCode.OK;
  }
}
