package dev.counterfoil.authority.clients;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * Whether the {@code iat} of an assertion or proof lets it be used now, so that none is used before
 * a restart and again after it, although what was used is remembered in memory.
 *
 * <p>What was issued before this process began is refused. So of what the last process honoured
 * only that could be used again whose {@code iat} was still to come when that process ended: from a
 * client whose clock is ahead. Those few stand in {@link UsesOnDisk}, on disk, before they take
 * effect, and are remembered from there.
 *
 * <p>Known hole: a system clock that is set back across a restart.
 */
public final class IssueTimes {
  /**
   * How far a client's clock may be ahead: what FAPI 2.0 5.3.2.1 wants accepted, and no more than
   * that.
   */
  static final Duration AHEAD_MAX = Duration.ofSeconds(10);

  private final InstantSource clock;
  private final Instant startedAt;

  /**
   * @param startedAt when this process began
   */
  public IssueTimes(InstantSource clock, Instant startedAt) {
    this.clock = clock;
    this.startedAt = startedAt;
  }

  /** Whether it may have been used before this process began. */
  public boolean isBeforeStart(Instant issued) {
    return !issued.isAfter(startedAt);
  }

  /** Whether it lies further ahead than a clock may be. */
  boolean isTooFarAhead(Instant issued) {
    return issued.isAfter(clock.instant().plus(AHEAD_MAX));
  }
}
