package dev.counterfoil.cli.response;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.operations.OperatorException;
import dev.counterfoil.response.ResponseQuestions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Goes on with a run whose step failed. */
@Command(
    name = "resume",
    description = {
      "Goes on with a run whose step failed.",
      "Steps that are done are not done again."
    })
final class ResponseResumeCommand extends ResponseAsking {
  @Parameters(paramLabel = "RUN", description = "The run's number.")
  private long run;

  @Override
  int ask() throws OperatorException, FormatException, InterruptedException {
    JsonObject answer = ask(ResponseQuestions.RESUME, run);
    print(answer, text(answer));
    return ExitCode.OK;
  }
}
