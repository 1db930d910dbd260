package dev.counterfoil.authority.watching;

import java.time.Duration;
import java.time.Instant;

/**
 * Whether the monitor is silent, and whether that is still to be told: a pure function of what came
 * and what was told.
 *
 * @param since when the last probe came through, or the watch began
 * @param isTold whether whoever is paged was told of a silence last
 */
record Silence(Instant since, boolean isTold) {
  /** What is to be done. */
  enum Step {
    NOTHING,
    PAGE,
    ALL_CLEAR
  }

  boolean isSilent(Instant now, Duration within) {
    return now.isAfter(since.plus(within));
  }

  Step next(Instant now, Duration within) {
    boolean isSilent = isSilent(now, within);
    return isSilent == isTold ? Step.NOTHING : isSilent ? Step.PAGE : Step.ALL_CLEAR;
  }

  /** After a probe came through. */
  Silence came(Instant at) {
    return new Silence(at, isTold);
  }

  /** After somebody was told. */
  Silence told(Step step) {
    return new Silence(since, step == Step.PAGE);
  }
}
