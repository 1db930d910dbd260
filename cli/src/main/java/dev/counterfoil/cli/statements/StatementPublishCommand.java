package dev.counterfoil.cli.statements;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.disclosure.IncidentAsk;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Publishes. */
@Command(
    name = "publish",
    description = {
      "Publishes the next version of the statement.",
      "It is refused while a text contradicts the claims, or no other operator approved the draft."
          + " Tenants that have a notice get a new one."
    })
final class StatementPublishCommand extends IncidentAsk {
  @Option(
      names = "--draft",
      required = true,
      paramLabel = "DIGEST",
      description = "The draft that was approved.")
  private String draft;

  @Override
  protected int run() throws FormatException, InterruptedException {
    JsonObject answer = ask("publish", about().with("draft", draft));
    print(
        answer,
        "Version %d is published at %s, check code %s. %d tenants get a new notice."
            .formatted(
                answer.number("version"),
                answer.string("place"),
                answer.string("check_code"),
                answer.strings("notices").size()));
    return ExitCode.OK;
  }
}
