package dev.counterfoil.verifier;

/**
 * What {@link Verifier#verify} finds: {@link Verified}, {@link Refused}, or, only under a key that
 * is stated as a legacy issuer's, {@link Unrecorded}.
 */
public sealed interface Verification permits Verified, Unrecorded, Refused {
  /** Whether the token was issued, and may be honoured. An {@link Unrecorded} one is not. */
  default boolean isVerified() {
    return this instanceof Verified;
  }
}
