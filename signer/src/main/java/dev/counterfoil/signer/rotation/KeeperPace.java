package dev.counterfoil.signer.rotation;

import java.time.Duration;

/**
 * How long the key keeper rests between its steps. A signer without a key that may sign looks often
 * at first, so that it starts fast, and then ever less: its registrar may wait for holders or for a
 * ceremony, for hours.
 */
public final class KeeperPace {
  static final Duration WHEN_READY = Duration.ofSeconds(1);
  static final Duration UNTIL_READY_FIRST = Duration.ofMillis(20);
  static final Duration UNTIL_READY_MAX = Duration.ofMillis(500);

  private Duration untilReady = UNTIL_READY_FIRST;

  /** The rest after a step. */
  public Duration rest(boolean isReady) {
    if (isReady) {
      untilReady = UNTIL_READY_FIRST;
      return WHEN_READY;
    }
    Duration rest = untilReady;
    // By a quarter: a start is late by a fifth of what it took at most.
    Duration longer = rest.plus(rest.dividedBy(4));
    untilReady = longer.compareTo(UNTIL_READY_MAX) < 0 ? longer : UNTIL_READY_MAX;
    return rest;
  }
}
