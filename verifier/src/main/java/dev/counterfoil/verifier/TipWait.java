package dev.counterfoil.verifier;

import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.tree.HashSource.UnavailableException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Waits for a checkpoint of one log that covers a token younger than the last one: for {@link
 * VerifierLimits#tipWait}, and until the log was really looked at often enough. On a machine that
 * stands still a second may pass in which nobody came to look, and an honest token must not be
 * refused for that.
 *
 * <p>A position costs one look at most beyond those that are shared by all who wait, and none where
 * the log cannot have come so far since the last look: whoever has a key and makes positions up
 * causes no more reading than whoever presents tokens that were just issued.
 */
record TipWait(LogHistory history, VerifierLimits limits) {
  private static final long POLL_MILLIS = 20;

  /** A look is not repeated by another waiting thread before this has passed. */
  private static final long SHARED_NANOS = TimeUnit.MILLISECONDS.toNanos(POLL_MILLIS) / 2;

  /** Of the looks for which there is time in a wait, the share without which it goes on. */
  private static final int LOOKS_SHARE = 4;

  /** However slow the looks are, a wait ends after so many times its length. */
  private static final int LONGEST = 5;

  /** How far past the tip a position may lie to be waited for. */
  long reach() {
    return issuedIn(limits.tipWait().toNanos());
  }

  private long issuedIn(long nanos) {
    // In milliseconds: the rate times nanoseconds would not fit.
    return Math.max(1, limits.issuedPerSecondMax() * TimeUnit.NANOSECONDS.toMillis(nanos) / 1000);
  }

  /**
   * A checkpoint that covers a position; empty when the log has not issued it.
   *
   * @param deadline by {@link System#nanoTime}: when the wait should end
   */
  Optional<Checkpoint> covering(long position, long deadline) throws UnavailableException {
    Checkpoint known = history.tip();
    if (known != null) {
      if (position < known.size()) {
        return Optional.of(known);
      }
      // Further than the log can have come by now, and in the time that one would wait.
      long since = history.sinceTipRead() + limits.tipWait().toNanos();
      if (position - known.size() >= issuedIn(since)) {
        return Optional.empty();
      }
    }
    long last = deadline + limits.tipWait().multipliedBy(LONGEST - 1).toNanos();
    int looks = 0;
    while (true) {
      Checkpoint newest = looked(position, looks == 0);
      looks++;
      if (position < newest.size()) {
        return Optional.of(newest);
      }
      long now = System.nanoTime();
      boolean isOver = now - deadline >= 0 && (looks >= looksMin() || now - last >= 0);
      if (history.isForked() || position - newest.size() >= reach() || isOver || !pause()) {
        return Optional.empty();
      }
    }
  }

  /** The newest checkpoint; read again unless another thread did so a moment ago. */
  private Checkpoint looked(long position, boolean isFirst) throws UnavailableException {
    Checkpoint known = history.tip();
    return !isFirst && known != null && history.sinceLook() < SHARED_NANOS
        ? known
        : history.advance(position);
  }

  private int looksMin() {
    return (int) (limits.tipWait().dividedBy(Duration.ofMillis(POLL_MILLIS)) / LOOKS_SHARE);
  }

  private static boolean pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
