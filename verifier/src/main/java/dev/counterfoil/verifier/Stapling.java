package dev.counterfoil.verifier;

/**
 * What a verifier does with the proof of issuing that a client may send with its token (the header
 * {@value StapledProof#HEADER}).
 */
public enum Stapling {
  /** It is not read, and the log is. */
  IGNORED,
  /** It is checked; without one the log is read. */
  ACCEPTED,
  /** It is checked; a token without one is refused, unless it was shown before. */
  REQUIRED
}
