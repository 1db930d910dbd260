package dev.counterfoil.drills.mail;

/**
 * How much of a token the mail server writes into its events; it decides what can be proved from
 * them.
 */
public enum EventGrade {
  /**
   * The SHA-256 of the token's signing input, which is what the log holds, with its header and
   * claims.
   */
  DIGEST,
  /** The same, and in the event of each message that is read too: it stands for itself. */
  EACH_READ,
  /** Header and claims alone: says whom and what it was for, not that it is this very token. */
  CLAIMS
}
