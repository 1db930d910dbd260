package dev.counterfoil.rules;

import dev.counterfoil.format.bytes.JsonObject;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Optional;

/**
 * An event as rules see it.
 *
 * @param json the event
 * @param timeMillis when it happened, milliseconds since 1970
 * @param id what names it for a reader of a match
 */
public record RuleEvent(JsonObject json, long timeMillis, String id) {
  private static final int TEXT_MAX = 40;

  /** The time that a member says: milliseconds since 1970, or ISO 8601 with its offset. */
  public static Optional<Instant> time(JsonObject event, String member) {
    try {
      if (event.get(member) instanceof Long millis) {
        return Optional.of(Instant.ofEpochMilli(millis));
      }
      return event.get(member) instanceof String text && text.length() <= TEXT_MAX
          ? Optional.of(OffsetDateTime.parse(text).toInstant())
          : Optional.empty();
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }
}
