package dev.counterfoil.cli.findings;

import dev.counterfoil.cli.command.DurationText;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Suppresses findings. */
@Command(
    name = "suppress",
    description = {
      "Has findings not told for a while, with a reason and an owner.",
      "They are kept and counted. What was suppressed does not come back when the time is over; the"
          + " same thing seen again is told. Kinds that show an attacker with a key or a log wait for"
          + " a second person, who approves over HTTP. A suppression by one person covers nothing that"
          + " is critical."
    })
public final class FindingsSuppressCommand extends DeskCommand {
  @Option(
      names = "--kind",
      required = true,
      paramLabel = "KIND",
      description = "Of this kind, such as rule-matched.")
  private String kind = "";

  @Option(
      names = "--rule",
      paramLabel = "ID",
      description = "Only of this detection rule: counterfoil rules list.")
  private @Nullable String rule;

  @Option(
      names = "--about",
      paramLabel = "TEXT",
      description = "Only those that name this key, client, person, address or service.")
  private @Nullable String about;

  @Option(names = "--reason", required = true, paramLabel = "TEXT", description = "Why.")
  private String reason = "";

  @Option(
      names = "--owner",
      required = true,
      paramLabel = "NAME",
      description = "Who looks after it until it ends.")
  private String owner = "";

  @Option(
      names = "--for",
      required = true,
      paramLabel = "DURATION",
      converter = DurationText.class,
      description = "For how long: at most 90d, or 7d of what takes two persons.")
  private Duration life = Duration.ZERO;

  @Override
  protected String question() {
    return "suppress";
  }

  @Override
  protected JsonObject arguments() {
    return JsonObject.builder()
        .put("domain", installation.domainName())
        .put("kind", kind)
        .put("rule", rule)
        .put("about", about)
        .put("reason", reason)
        .put("owner", owner)
        .put("seconds", life.toSeconds())
        .build();
  }

  @Override
  protected String text(JsonObject answer) throws FormatException {
    String until = Instant.ofEpochMilli(answer.number("until_ms")).toString();
    return answer.string("state").equals("waiting")
        ? "Suppression "
            + answer.number("id")
            + " waits for a second person, who approves it over HTTP, with a token of their own:"
            + " POST /view/suppressions at the monitor."
        : "Suppression " + answer.number("id") + " is in force until " + until + ".";
  }
}
