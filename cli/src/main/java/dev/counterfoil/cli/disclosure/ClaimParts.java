package dev.counterfoil.cli.disclosure;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.disclosure.Measure;
import dev.counterfoil.format.bytes.JsonObject;
import java.time.DateTimeException;
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
  private @Nullable List<String> evidence;

  @Option(
      names = "--number",
      paramLabel = "NAME=MIN..MAX",
      description = "A number with its bounds: tenants=22, tenants=22..25 or tenants=22..")
  private @Nullable List<String> numbers;

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
    JsonObject json = JsonObject.builder().put("state", state).put("reason", reason).build();
    List<String> links = evidence;
    if (links != null) {
      json = json.with("evidence", List.copyOf(links));
    }
    List<String> counts = numbers;
    if (counts != null) {
      json = json.with("scope", scope(counts));
    }
    String day = reviewBy;
    return day == null
        ? json
        : json.with("review_by", instant("--review-by", day).getEpochSecond());
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

  /** A time of an option. */
  static Instant instant(String option, String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeException e) {
      throw CommandFailure.environment(option + ": write a time as 2026-12-01T09:00:00Z");
    }
  }
}
