package dev.counterfoil.format.clock;

import java.time.Duration;
import java.time.Instant;

/**
 * A pause between two looks, by the time of day. A clock that was ahead and is set back ends it at
 * once: until the same time of day came again, nobody would look.
 *
 * @param from when it began
 * @param until when it is over, if the clock only goes on
 */
public record TimedPause(Instant from, Instant until) {
  /** There is none. */
  public static final TimedPause OVER = new TimedPause(Instant.MIN, Instant.MIN);

  /** One that begins. */
  public static TimedPause from(Instant now, Duration length) {
    return new TimedPause(now, now.plus(length));
  }

  /** Whether to look again. */
  public boolean isOver(Instant now) {
    return now.isBefore(from) || !now.isBefore(until);
  }
}
