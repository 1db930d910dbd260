package dev.counterfoil.cli.claims;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.TimeText;
import dev.counterfoil.disclosure.Measure;
import dev.counterfoil.format.bytes.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a claim is made of, as options. */
final class ClaimParts {
  @Option(
      names = "--state",
      paramLabel = "STATE",
      description = "How sure it is: confirmed, leading-hypothesis, hypothesis or unknown.")
  private @Nullable String state;

  @Option(
      names = "--evidence",
      paramLabel = "LINK",
      description = "A finding, bundle or report that it rests on. Repeat for several.")
  private List<String> evidence = new ArrayList<>();

  @Option(
      names = "--number",
      paramLabel = "NAME=MIN..MAX",
      description = "A number with its bounds: tenants=22, tenants=22..25 or tenants=22..")
  private List<String> numbers = new ArrayList<>();

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      description = "What would decide it, or what is done to find out.")
  private @Nullable String reason;

  @Option(
      names = "--review-by",
      paramLabel = "TIME",
      description = "When it is looked at again (default: in 7 days, unless it is confirmed).")
  private @Nullable String reviewBy;

  /** Only what was named. */
  JsonObject json() {
    JsonObject.Builder json = JsonObject.builder().put("state", state).put("reason", reason);
    if (!evidence.isEmpty()) {
      json.put("evidence", evidence);
    }
    if (!numbers.isEmpty()) {
      json.put("scope", scope(numbers));
    }
    if (reviewBy != null) {
      json.put(
          "review_by", TimeText.future("--review-by", reviewBy, Instant.now()).getEpochSecond());
    }
    return json.build();
  }

  private static List<JsonObject> scope(List<String> counts) {
    List<JsonObject> scope = new ArrayList<>();
    for (String count : counts) {
      try {
        scope.add(Measure.of(count).toJson());
      } catch (IllegalArgumentException e) {
        throw CommandFailure.environment("--number " + count + ": " + e.getMessage());
      }
    }
    return scope;
  }
}
