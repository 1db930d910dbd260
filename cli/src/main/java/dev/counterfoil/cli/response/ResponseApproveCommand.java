package dev.counterfoil.cli.response;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.operations.OperatorException;
import dev.counterfoil.response.ResponseQuestions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Approves a run that waits. */
@Command(
    name = "approve",
    description = {
      "Approves a run that waits.",
      "A person is the Unix user who runs this. Where two are needed, another must approve it, too."
    })
final class ResponseApproveCommand extends ResponseAsking {
  @Parameters(paramLabel = "RUN", description = "The run's number.")
  private long run;

  @Override
  int ask() throws OperatorException, FormatException, InterruptedException {
    JsonObject answer = ask(ResponseQuestions.APPROVE, run);
    print(answer, text(answer));
    return ExitCode.OK;
  }
}
