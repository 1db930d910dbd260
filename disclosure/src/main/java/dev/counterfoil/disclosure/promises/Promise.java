package dev.counterfoil.disclosure.promises;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;

/**
 * A promise.
 *
 * @param id names it for good
 * @param sentence what people read
 * @param measure what is measured
 * @param bound how long it may be, or for {@link PromiseMeasure#NEXT_KEY_AHEAD} must be at least
 * @param since from when on it holds
 */
public record Promise(
    String id, String sentence, PromiseMeasure measure, Duration bound, Instant since) {
  private static final long BOUND_SECONDS_MAX = 10L * 365 * 86_400;

  /**
   * Checks the members.
   *
   * @throws IllegalArgumentException saying which one is wrong
   */
  public Promise {
    if (!id.matches("[a-z][a-z0-9-]{0,63}")) {
      throw new IllegalArgumentException(
          "the id of a promise has small letters, digits and hyphens");
    }
    if (sentence.isBlank() || sentence.length() > 300) {
      throw new IllegalArgumentException("the sentence of a promise has 1 to 300 characters");
    }
    if (bound.isNegative() || bound.isZero() || bound.toSeconds() > BOUND_SECONDS_MAX) {
      throw new IllegalArgumentException("the bound of a promise is more than 0, at most 10 years");
    }
  }

  /** As it is published; times in seconds. */
  public JsonObject toJson() {
    return JsonObject.builder()
        .put("id", id)
        .put("sentence", sentence)
        .put("measure", measure.text())
        .put("bound", bound.toSeconds())
        .put("since", since.getEpochSecond())
        .build();
  }

  static Promise of(JsonObject json) throws FormatException {
    try {
      return new Promise(
          json.string("id"),
          json.string("sentence"),
          PromiseMeasure.of(json.string("measure")),
          Duration.ofSeconds(json.number("bound")),
          Instant.ofEpochSecond(json.number("since")));
    } catch (IllegalArgumentException | DateTimeException | ArithmeticException e) {
      throw new FormatException(String.valueOf(e.getMessage()), e);
    }
  }
}
