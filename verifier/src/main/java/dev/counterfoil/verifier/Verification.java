package dev.counterfoil.verifier;

/** What {@link Verifier#verify} finds: {@link Verified} or {@link Refused}, and nothing between. */
public sealed interface Verification permits Verified, Refused {
  /** Whether the token may be honoured. */
  default boolean isVerified() {
    return this instanceof Verified;
  }
}
