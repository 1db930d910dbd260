package dev.counterfoil.cli.claims;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.TimeText;
import dev.counterfoil.cli.disclosure.IncidentAsk;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Takes back a published claim. */
@Command(
    name = "correction",
    description = {
      "Takes back a published claim, and says what was wrong.",
      "When the next version is published, it goes to everyone who got the wrong one."
    })
public final class CorrectionCommand extends IncidentAsk {
  @Parameters(index = "1", paramLabel = "CLAIM", description = "The claim, such as C2.")
  private String claim;

  @Option(names = "--wrong", required = true, paramLabel = "TEXT", description = "What was wrong.")
  private String wrong;

  @Option(
      names = "--found-at",
      paramLabel = "TIME",
      description = "When the error was found (default: now).")
  private @Nullable String foundAt;

  @Option(
      names = "--found-how",
      required = true,
      paramLabel = "TEXT",
      description = "How it was found.")
  private String foundHow;

  @Option(
      names = "--believed-because",
      required = true,
      paramLabel = "TEXT",
      description = "Why it had been believed.")
  private String believedBecause;

  @Option(
      names = "--prevention",
      required = true,
      paramLabel = "TEXT",
      description = "What prevents the like.")
  private String prevention;

  @Override
  protected int run() throws FormatException, InterruptedException {
    String at = foundAt;
    Instant now = Instant.now();
    Instant found = at == null ? now : TimeText.past("--found-at", at, now);
    JsonObject correction =
        JsonObject.builder()
            .put("wrong", wrong)
            .put("found_at", found.getEpochSecond())
            .put("found_how", foundHow)
            .put("believed_because", believedBecause)
            .put("prevention", prevention)
            .build();
    JsonObject answer =
        ask(
            "claim-withdraw",
            about().with("id", claim, "reason", wrong).with("correction", correction));
    print(
        answer,
        "Claim %s is withdrawn. Publish the next version: counterfoil statement draft %s"
            .formatted(answer.string("claim"), incident));
    return ExitCode.OK;
  }
}
