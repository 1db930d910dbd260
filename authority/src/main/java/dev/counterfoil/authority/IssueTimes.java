package dev.counterfoil.authority;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * Whether the {@code iat} of an assertion or proof lets it be used now, so that none is used before
 * a restart and again after it, although what was used is remembered in memory only.
 *
 * <p>Two rules together do this. What was issued before this process began is refused. And nothing
 * takes effect before its own {@code iat}: one that lies a little ahead, because the client's clock
 * does, waits until the time has come. So whatever the last process honoured has an {@code iat}
 * from before that process ended, hence from before this one began.
 *
 * <p>Without the wait the tolerance would be the hole: an assertion with an {@code iat} five
 * seconds ahead, used just before a restart, is younger than the new process. To refuse what is
 * ahead only for the first seconds would not close it, since its time comes; to refuse everything
 * up to start and tolerance would, and would refuse every honest client for as long.
 *
 * <p>Known hole: a system clock that is set back across a restart.
 */
final class IssueTimes {
  /** How far a client's clock may be ahead, and so the longest wait. */
  static final Duration AHEAD_MAX = Duration.ofSeconds(2);

  // A wait that ends early by the rounding of timers would refuse an honest client.
  private static final Duration ROUNDING = Duration.ofMillis(2);

  /** Waits: {@link Thread#sleep(Duration)} outside tests. */
  @FunctionalInterface
  interface Pause {
    void of(Duration time) throws InterruptedException;
  }

  private final InstantSource clock;
  private final Instant startedAt;
  private final Pause pause;

  /**
   * @param startedAt when this process began
   */
  IssueTimes(InstantSource clock, Instant startedAt, Pause pause) {
    this.clock = clock;
    this.startedAt = startedAt;
    this.pause = pause;
  }

  /** Whether it may have been used before this process began. */
  boolean isBeforeStart(Instant issued) {
    return !issued.isAfter(startedAt);
  }

  /** Whether it lies further ahead than a clock may be. */
  boolean isTooFarAhead(Instant issued) {
    return issued.isAfter(clock.instant().plus(AHEAD_MAX));
  }

  /**
   * Waits until something that is not too far ahead was issued.
   *
   * @return whether it is now; false when the clock was set back meanwhile
   */
  boolean awaitIssue(Instant issued) throws InterruptedException {
    Instant now = clock.instant();
    if (!issued.isAfter(now)) {
      return true;
    }
    pause.of(Duration.between(now, issued).plus(ROUNDING));
    return !issued.isAfter(clock.instant());
  }
}
