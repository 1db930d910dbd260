package dev.counterfoil.cli.response;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.InstallationCommand;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.PlainText;
import dev.counterfoil.installation.layout.Context;
import dev.counterfoil.operations.OperatorClient;
import dev.counterfoil.operations.OperatorException;
import dev.counterfoil.signerprotocol.Request;
import java.io.IOException;

/** A command that asks the response process. */
abstract class ResponseAsking extends InstallationCommand {
  @Override
  public final Integer call() throws OperatorException, InterruptedException {
    try {
      return ask();
    } catch (FormatException e) {
      throw CommandFailure.unavailable(
          "cannot understand the response process's answer: " + e.getMessage());
    } catch (IOException e) {
      throw CommandFailure.unavailable(CommandFailure.reason(e));
    }
  }

  /** Asks, and prints what it says; the exit code. */
  abstract int ask() throws OperatorException, IOException, FormatException, InterruptedException;

  /** Has a command carried out. */
  final JsonObject ask(String command, JsonObject arguments)
      throws OperatorException, InterruptedException {
    Context.Response response =
        installation
            .context()
            .response()
            .orElseThrow(
                () ->
                    CommandFailure.environment(
                        "this installation has no response process. See"
                            + " docs/operate/response.md"));
    return OperatorClient.askResponse(
        response.adminSocket().path(), new Request.Command(command, arguments));
  }

  /** The same about one run. */
  final JsonObject ask(String command, long run) throws OperatorException, InterruptedException {
    return ask(command, JsonObject.builder().put("run", run).build());
  }

  /** A run, for people. */
  static String text(JsonObject run) throws FormatException {
    StringBuilder text = new StringBuilder();
    text.append(
        "Run %d of %s, finding %d: %s%n"
            .formatted(
                run.number("id"), run.string("playbook"), run.number("finding"), state(run)));
    text.append("  ").append(run.string("summary")).append('\n');
    for (JsonObject step : run.objects("steps")) {
      text.append(
          "  %d  %s %s: %s"
              .formatted(
                  step.number("number"),
                  step.string("action"),
                  step.string("target"),
                  step.string("state")));
      if (step.has("reach")) {
        text.append(", reaches ")
            .append(step.number("reach"))
            .append(' ')
            .append(step.string("what"));
      }
      if (step.has("took_ms")) {
        text.append(", took ").append(step.number("took_ms")).append(" ms");
      }
      step.optionalString("said").ifPresent(said -> text.append(" (").append(said).append(')'));
      text.append('\n');
    }
    return text.toString().lines().map(PlainText::of).reduce((a, b) -> a + "\n" + b).orElse("");
  }

  /** What a run waits for, or what became of it. */
  static String state(JsonObject run) throws FormatException {
    String state = run.string("state");
    long missing = run.number("persons") - run.strings("approved_by").size();
    return state.equals("waiting")
        ? "waits for " + missing + (missing == 1 ? " person" : " persons")
        : state;
  }
}
