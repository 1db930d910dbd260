package dev.counterfoil.disclosure.record;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * A decision not to disclose yet. Two people take it; the log's entry is its public commitment.
 *
 * @param position of its entry in the disclosure log, which names it
 * @param reason why
 * @param until when it ends by itself
 * @param by who wants it
 * @param confirmedBy the second person; without one it is not in force
 * @param liftedAt when somebody ended it before its time
 */
public record Hold(
    long position,
    String reason,
    Instant until,
    String by,
    Optional<String> confirmedBy,
    Optional<Instant> liftedAt) {
  /** Longest time; who still wants it then decides again. */
  public static final Duration LONGEST = Duration.ofDays(30);

  /** What is recorded of one. */
  public static JsonObject body(String reason, Instant until) {
    return JsonObject.builder().put("reason", reason).put("until", until.getEpochSecond()).build();
  }

  static Hold of(RecordEntry entry) throws FormatException {
    return new Hold(
        entry.position(),
        entry.body().string("reason"),
        Instant.ofEpochSecond(entry.body().number("until")),
        entry.by(),
        Optional.empty(),
        Optional.empty());
  }

  /** Whether it keeps things from being published at a time. */
  public boolean isInForce(Instant now) {
    return confirmedBy.isPresent() && liftedAt.isEmpty() && now.isBefore(until);
  }

  /** The same with what a later entry decided. */
  Hold decided(RecordEntry entry) throws FormatException {
    return entry.body().truth("lifted")
        ? new Hold(position, reason, until, by, confirmedBy, Optional.of(entry.at()))
        : new Hold(position, reason, until, by, Optional.of(entry.by()), liftedAt);
  }
}
