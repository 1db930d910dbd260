package dev.counterfoil.log;

import dev.counterfoil.log.checkpoint.Level;
import dev.counterfoil.log.disk.LogFailedException;
import dev.counterfoil.log.record.LogEntry;
import java.util.Optional;

/**
 * One entry on its way into the log. The caller's own object implements it, so that the log makes
 * none per entry. The log calls {@link #compose} at most once and then exactly one of {@link
 * #recorded}, {@link #unreached}, {@link #refused} and {@link #failed}, unless compose declined.
 * All but an immediate refusal are called on the sequencer's thread or, of entries that ask for
 * more than {@link Level#DURABLE}, on the releaser's: they hand over and return, and throw nothing.
 */
public interface Submission {
  /**
   * Composes what is recorded at a position, which depends on it because the token's identifier
   * names it.
   *
   * @param position the entry's, if it is recorded
   * @param timeMillis the log's time, milliseconds since 1970
   * @return the entry with this position; empty when the caller declines, who then answers for it
   *     himself: the position goes to the next entry
   */
  Optional<? extends LogEntry> compose(long position, long timeMillis);

  /**
   * Whether it finds a place in the queue's reserve where all others are taken: for the few that
   * must not be refused because others send much.
   */
  default boolean mayTakeReserve() {
    return false;
  }

  /** The level at which this entry is released; asked more than once, and always the same. */
  default Level level() {
    return Level.DURABLE;
  }

  /**
   * The counterfoil is durable, its leaf is in the tree, and the level that the entry asked for is
   * reached: now, and not before, sign.
   */
  void recorded(long position);

  /**
   * The counterfoil is durable and stays in the tree, but the level that the entry asked for was
   * not reached in time: do not sign. Only of entries that ask for more than {@link Level#DURABLE}.
   */
  default void unreached(long position) {
    throw new IllegalStateException("the entry at " + position + " asked for a level");
  }

  /** Nothing was recorded. */
  void refused(Refusal refusal);

  /** It failed; when the cause is a {@link LogFailedException} nobody knows what was recorded. */
  void failed(Throwable cause);
}
