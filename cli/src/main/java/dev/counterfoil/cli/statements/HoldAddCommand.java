package dev.counterfoil.cli.statements;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.TimeText;
import dev.counterfoil.cli.disclosure.IncidentAsk;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.time.Instant;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Asks for a hold. */
@Command(
    name = "add",
    description = {
      "Asks to hold an incident back, at most 30 days.",
      "It counts once another operator confirms it. Everybody then sees that there is a hold, and"
          + " its end; the reason stays here."
    })
final class HoldAddCommand extends IncidentAsk {
  @Option(
      names = "--until",
      required = true,
      paramLabel = "TIME",
      description = "When it ends by itself, such as " + TimeText.FUTURE + ".")
  private String until;

  @Option(names = "--reason", required = true, paramLabel = "TEXT", description = "Why.")
  private String reason;

  @Override
  protected int run() throws FormatException, InterruptedException {
    JsonObject answer =
        ask(
            "hold",
            about()
                .with("reason", reason)
                .with("until", TimeText.future("--until", until, Instant.now()).getEpochSecond()));
    print(
        answer,
        "Hold %d waits for a second person. Another operator runs: counterfoil hold confirm %s %d"
            .formatted(answer.number("hold"), incident, answer.number("hold")));
    return ExitCode.OK;
  }
}
