package dev.counterfoil.monitor.judging;

import dev.counterfoil.format.clock.TimedPause;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.BooleanSupplier;

/**
 * Forgets old sightings now and then, and none before this machine's clock is known to be right:
 * one that was set years ahead would have all of them forgotten. Belongs to one thread.
 */
public final class SightingRetention {
  /** Time between two looks for old ones. */
  static final Duration EVERY = Duration.ofHours(1);

  private final SightingStore sightings;
  private final Duration keep;
  private final BooleanSupplier isClockRight;
  private final InstantSource clock;
  private TimedPause sinceStep = TimedPause.OVER;

  /**
   * Of a store.
   *
   * @param keep how long sightings are kept after they were received
   * @param isClockRight asked at each step that is due
   */
  public SightingRetention(
      SightingStore sightings, Duration keep, BooleanSupplier isClockRight, InstantSource clock) {
    this.sightings = sightings;
    this.keep = keep;
    this.isClockRight = isClockRight;
    this.clock = clock;
  }

  /** Does what is due now; what a wrong clock keeps from it is due at the next step. */
  public void step() {
    // Read before the clock is looked at: one that is set in between is not gone by.
    Instant now = clock.instant();
    if (sinceStep.isOver(now) && isClockRight.getAsBoolean()) {
      sinceStep = TimedPause.from(now, EVERY);
      sightings.forget(now.minus(keep));
    }
  }
}
