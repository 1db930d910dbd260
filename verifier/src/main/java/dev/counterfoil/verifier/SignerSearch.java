package dev.counterfoil.verifier;

import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.verifier.VerificationKeys.TrustedKey;
import java.util.Optional;

/**
 * Finds the key that has signed a token, whatever else is wrong with that token. The key that it
 * names is one check; of a token that names none, or another, each key is tried, a bounded number
 * of times a second, since anybody can make such tokens up.
 */
final class SignerSearch {
  /** Tokens a second of which each key is tried. */
  static final int TOKENS_EACH_SECOND = 50;

  /** Keys that are tried: more than a domain has in use. */
  private static final int KEYS_MAX = 16;

  private final SignatureCheck signatures;
  private long second = Long.MIN_VALUE;
  private int tried;

  SignerSearch(SignatureCheck signatures) {
    this.signatures = signatures;
  }

  /** Whether a key has signed a text. */
  boolean hasSigned(TrustedKey key, SignedText text) {
    return text.isSignedBy(key.key(), signatures);
  }

  /** The key of the ring that has signed a text, whatever the text names. */
  Optional<TrustedKey> find(VerificationKeys ring, SignedText text, long epochSecond) {
    return mayTry(epochSecond)
        ? ring.signers()
            .filter(key -> key.statement().record() instanceof RecordForm.Position)
            .limit(KEYS_MAX)
            .filter(key -> hasSigned(key, text))
            .findFirst()
        : Optional.empty();
  }

  private synchronized boolean mayTry(long epochSecond) {
    if (epochSecond != second) {
      second = epochSecond;
      tried = 0;
    }
    return tried++ < TOKENS_EACH_SECOND;
  }
}
