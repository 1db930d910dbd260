package dev.counterfoil.signer.generation;

import java.time.Duration;

/**
 * When records are given out to custodians who wait for them. Each answer costs signer, authority
 * and custodian as much as some ten tokens. So records are gathered for a while where no token
 * waits for a custodian. Where one does they go at once, and then as soon as a custodian's word for
 * the last ones has come: what comes to be durable while he is at work is ready for him when he is
 * done. A custodian who says nothing is not waited for longer than {@link #HURRIED_NANOS}.
 *
 * <p>Times are {@link System#nanoTime}'s. For one thread.
 */
final class RecordPace {
  /** From the first record that nobody was given until it goes. */
  static final long GATHERED_NANOS = Duration.ofMillis(10).toNanos();

  /**
   * From one answer to the next while a token waits for its custodian, and he has not said that he
   * holds what the last answer had.
   */
  static final long HURRIED_NANOS = Duration.ofMillis(4).toNanos();

  private long answeredAt;
  private long answeredUpTo;
  private boolean isGathering;
  private long gatheringSince;

  /** Nothing was given out yet. */
  RecordPace(long now) {
    answeredAt = now - HURRIED_NANOS;
  }

  /** There are records that nobody was given. */
  void more(long now) {
    if (!isGathering) {
      isGathering = true;
      gatheringSince = now;
    }
  }

  /**
   * Records were given out.
   *
   * @param upTo where they end
   */
  void answered(long now, long upTo) {
    answeredAt = now;
    answeredUpTo = Math.max(answeredUpTo, upTo);
    isGathering = false;
  }

  /**
   * When the records of which {@link #more} told may go; perhaps in the past.
   *
   * @param isHeldAwaited whether a token waits for its custodian
   * @param held entries that a custodian holds by his own word
   */
  long next(boolean isHeldAwaited, long held) {
    if (!isHeldAwaited) {
      return gatheringSince + GATHERED_NANOS;
    }
    return held >= answeredUpTo ? answeredAt : answeredAt + HURRIED_NANOS;
  }
}
