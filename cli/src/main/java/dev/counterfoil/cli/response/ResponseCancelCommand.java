package dev.counterfoil.cli.response;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.operations.OperatorException;
import dev.counterfoil.response.ResponseQuestions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Cancels a run that waits or failed. */
@Command(
    name = "cancel",
    description = {
      "Cancels a run that waits or failed.",
      "What it did before stays done. See undo."
    })
final class ResponseCancelCommand extends ResponseAsking {
  @Parameters(paramLabel = "RUN", description = "The run's number.")
  private long run;

  @Override
  int ask() throws OperatorException, FormatException, InterruptedException {
    JsonObject answer = ask(ResponseQuestions.CANCEL, run);
    print(answer, text(answer));
    return ExitCode.OK;
  }
}
