package dev.counterfoil.cli.statements;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.disclosure.IncidentAsk;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Approves a draft. */
@Command(
    name = "approve",
    description = {
      "Approves a draft, as it is now and as nothing else.",
      "Another operator then publishes it. Any change makes it another draft."
    })
final class StatementApproveCommand extends IncidentAsk {
  @Option(
      names = "--draft",
      required = true,
      paramLabel = "DIGEST",
      description = "The draft that you read, as counterfoil statement draft prints it.")
  private String draft;

  @Override
  protected int run() throws FormatException, InterruptedException {
    JsonObject answer = ask("approve", about().with("draft", draft));
    print(answer, "Approved by " + String.join(", ", answer.strings("approved_by")) + ".");
    return ExitCode.OK;
  }
}
