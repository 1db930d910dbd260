package dev.counterfoil.log;

import java.util.Optional;

/**
 * One entry on its way into the log. The caller's own object implements it, so that the log makes
 * none per entry. The log calls {@link #compose} at most once and then exactly one of {@link
 * #recorded}, {@link #refused} and {@link #failed}, unless compose declined. All but an immediate
 * refusal are called on the sequencer's thread: they hand over and return, and throw nothing.
 */
public interface Submission {
  /**
   * Composes what is recorded at a position, which depends on it because the token's identifier
   * names it.
   *
   * @param position the entry's, if it is recorded
   * @param timeMillis the log's time, milliseconds since 1970
   * @return the counterfoil with this position; empty when the caller declines, who then answers
   *     for it himself: the position goes to the next entry
   */
  Optional<Counterfoil> compose(long position, long timeMillis);

  /** The counterfoil is durable and its leaf is in the tree: now, and not before, sign. */
  void recorded(long position);

  /** Nothing was recorded. */
  void refused(Refusal refusal);

  /** It failed; when the cause is a {@link LogFailedException} nobody knows what was recorded. */
  void failed(Throwable cause);
}
