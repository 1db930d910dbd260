package dev.counterfoil.verifier.dpop;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.verifier.VerifierBuilder;
import java.time.Instant;

/**
 * Remembers which DPoP proofs were used (RFC 9449 11.1). A verifier keeps them in memory; processes
 * that serve one address share a store by {@link VerifierBuilder#usedProofs}, so that a proof is
 * good once at all of them together.
 *
 * <p>An implementation decides and remembers in one step: of two processes that take the same proof
 * at the same time, one hears {@link Use#FIRST}. It answers quickly, since a request waits for it,
 * and never throws.
 *
 * <p>A clock may be set back. A store that forgets keeps up to which {@code forgetAt} it has
 * forgotten, and answers {@link Use#UNKNOWN} to a use whose {@code forgetAt} is not after that: it
 * may have been used, and be young enough again.
 */
@FunctionalInterface
public interface UsedProofs {
  /** What became of a use. */
  enum Use {
    /** Nobody used it before. */
    FIRST,
    REPEATED,
    /** The holder has as many remembered as one may. */
    SHARE_FULL,
    /** All holders together have as many as fit. */
    FULL,
    /** The store does not answer, and whether it was used is not known. */
    UNKNOWN
  }

  /**
   * Takes a proof of a holder for the first time, or says why not. Every answer but {@link
   * Use#FIRST} refuses the request.
   *
   * @param holder the SHA-256 of the client's key
   * @param used what names the proof
   * @param forgetAt from when on the proof is refused for its age, so that it need not be
   *     remembered; where a store is shared, a minute later, for the clocks of those who share it
   */
  Use take(Hash holder, Hash used, Instant now, Instant forgetAt);
}
