package dev.counterfoil.cli.response;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.operations.OperatorException;
import dev.counterfoil.response.ResponseQuestions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Shows a run with its steps. */
@Command(
    name = "show",
    description = {
      "Shows a run with its steps.",
      "Each step says its reach by the dry run, and how long it took."
    })
final class ResponseShowCommand extends ResponseAsking {
  @Parameters(paramLabel = "RUN", description = "The run's number.")
  private long run;

  @Override
  int ask() throws OperatorException, FormatException, InterruptedException {
    JsonObject answer = ask(ResponseQuestions.SHOW, run);
    print(answer, text(answer));
    return ExitCode.OK;
  }
}
