package dev.counterfoil.authority;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Remembers what may be used once (assertions, RFC 7523 3; DPoP proofs, RFC 9449 11.1) until it is
 * expired anyway. Only in memory: what was issued before this process started is refused by its
 * {@code iat}, so that a restart forgets nothing that could be used again.
 */
final class ReplayGuard {
  /** Most that is remembered; what comes then is refused until some of it has expired. */
  static final int ENTRIES_MAX = 500_000;

  private static final Duration SWEEP_PERIOD = Duration.ofSeconds(10);

  /** Whether something may be used. */
  enum Use {
    FIRST,
    REPEATED,
    /** Nothing more can be remembered now. */
    FULL
  }

  private final InstantSource clock;
  private final int entriesMax;
  private final Map<String, Long> untilSecondByKey = new ConcurrentHashMap<>();
  private final AtomicLong nextSweepSecond = new AtomicLong();

  ReplayGuard(InstantSource clock, int entriesMax) {
    this.clock = clock;
    this.entriesMax = entriesMax;
  }

  /**
   * Marks as used.
   *
   * @param user whose it is, without a line feed
   * @param id which of the user's it is
   * @param until the first instant at which it would be refused anyway
   */
  Use use(String user, String id, Instant until) {
    sweep();
    if (untilSecondByKey.size() >= entriesMax) {
      return Use.FULL;
    }
    return untilSecondByKey.putIfAbsent(user + "\n" + id, until.getEpochSecond() + 1) == null
        ? Use.FIRST
        : Use.REPEATED;
  }

  private void sweep() {
    long now = clock.instant().getEpochSecond();
    long due = nextSweepSecond.get();
    if (now < due || !nextSweepSecond.compareAndSet(due, now + SWEEP_PERIOD.toSeconds())) {
      return;
    }
    for (Iterator<Long> until = untilSecondByKey.values().iterator(); until.hasNext(); ) {
      if (until.next() < now) {
        until.remove();
      }
    }
  }
}
