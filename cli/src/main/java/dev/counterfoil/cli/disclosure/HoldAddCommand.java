package dev.counterfoil.cli.disclosure;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Asks for a hold. */
@Command(
    name = "add",
    description = {
      "Asks to hold an incident back, at most 30 days.",
      "It counts once another operator confirms it. Everybody then sees that there is a hold, and"
          + " its end; the reason stays here."
    })
final class HoldAddCommand extends DisclosureAsk {
  @Parameters(paramLabel = "INCIDENT", description = "The incident's number.")
  private String incident;

  @Option(
      names = "--until",
      required = true,
      paramLabel = "TIME",
      description = "When it ends by itself, such as 2026-12-10T09:00:00Z.")
  private String until;

  @Option(names = "--reason", required = true, paramLabel = "TEXT", description = "Why.")
  private String reason;

  @Override
  int run() throws FormatException, InterruptedException {
    JsonObject answer =
        ask(
            "hold",
            about(incident).with("reason", reason).with("until", time(until).getEpochSecond()));
    print(
        answer,
        "Hold %d waits for a second person. Another operator runs: counterfoil hold confirm %s %d"
            .formatted(answer.number("hold"), incident, answer.number("hold")));
    return ExitCode.OK;
  }
}
