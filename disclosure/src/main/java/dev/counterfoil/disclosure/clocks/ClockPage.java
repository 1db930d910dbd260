package dev.counterfoil.disclosure.clocks;

import dev.counterfoil.disclosure.ShownText;
import dev.counterfoil.disclosure.clocks.RunningClocks.DueStage;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A call to the people on duty about one deadline: once when a correction becomes due, once a day
 * before any deadline, once when it passed.
 *
 * @param stage what is due
 * @param why why they are called
 */
public record ClockPage(DueStage stage, Why why) {
  private static final Duration AHEAD = Duration.ofDays(1);

  /** Why people are called, each later one in place of those before. */
  public enum Why {
    /** A published claim cannot stand. */
    CORRECT("must be corrected by"),
    /** Within a day. */
    SOON("is due at"),
    /** It is too late. */
    LATE("IS LATE, it was due at");

    private final String words;

    Why(String words) {
      this.words = words;
    }
  }

  /**
   * Calls that are to be made.
   *
   * @param due all that runs
   * @param made names of the calls that were made
   */
  public static List<ClockPage> due(List<DueStage> due, Set<String> made, Instant now) {
    return due.stream()
        .flatMap(stage -> why(stage, now).map(why -> new ClockPage(stage, why)).stream())
        .filter(page -> !made.contains(page.name()))
        .toList();
  }

  private static Optional<Why> why(DueStage stage, Instant now) {
    if (!now.isBefore(stage.due())) {
      return Optional.of(Why.LATE);
    }
    if (!now.isBefore(stage.due().minus(AHEAD))) {
      return Optional.of(Why.SOON);
    }
    return stage.rule().equals(RunningClocks.CORRECTIONS)
        ? Optional.of(Why.CORRECT)
        : Optional.empty();
  }

  /** What tells it from every other call. */
  public String name() {
    return "%s/%s/%s/%s/%s"
        .formatted(stage.incident(), stage.rule(), stage.stage(), stage.due(), why);
  }

  /** One line for people. */
  public String words() {
    return ShownText.line(
        "Incident %s: %s, %s, %s %s. To %s: %s"
            .formatted(
                stage.incident(),
                stage.rule(),
                stage.stage(),
                why.words,
                stage.due(),
                stage.to(),
                stage.form()));
  }
}
