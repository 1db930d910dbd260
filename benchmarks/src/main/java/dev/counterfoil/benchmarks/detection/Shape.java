package dev.counterfoil.benchmarks.detection;

import java.util.Locale;

/** A way to attack. What a rule's author may not see: which event belongs to one. */
public enum Shape {
  /** A token that a thief signs with a key that was retired. */
  OLD_KEY,
  /** A token for the enterprise that a thief signs with a consumer key. */
  CONSUMER_KEY,
  /** A client that a mailbox's owner never let in reads it with a token that is valid. */
  NEW_CLIENT,
  /** A person lets in a client that a thief registered, which reads the mailbox. */
  CONSENT_PHISHING,
  /** A bound token shown by somebody without its key. */
  REPLAYED_BOUND_TOKEN,
  /** An administrator of the mail system reads mailboxes without a task. */
  INSIDER,
  /** A thief with a person's own session reads around the clock, below each threshold. */
  SLOW_READER,
  /** A service's token of one tenant reads another tenant's mailboxes. */
  ACTOR_ACROSS_TENANTS;

  /** Whether tokens show it, which the matching looks at, and not events. */
  boolean isOfTokens() {
    return this == OLD_KEY || this == CONSUMER_KEY;
  }

  String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
