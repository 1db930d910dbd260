package dev.counterfoil.drills.run;

import java.time.Duration;
import java.util.Map;

/**
 * What came of an expectation.
 *
 * @param expectation what was said before
 * @param held whether it was so
 * @param observed what was seen, as a sentence without a full stop; never a token or a secret
 * @param at time since the drill began
 * @param figures measured values by name, where a unit is the last word of the name, and lists of
 *     what was counted
 */
public record Outcome(
    Expectation expectation,
    boolean held,
    String observed,
    Duration at,
    Map<String, Object> figures) {
  public Outcome {
    figures = Map.copyOf(figures);
  }
}
