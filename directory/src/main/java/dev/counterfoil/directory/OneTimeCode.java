package dev.counterfoil.directory;

import java.time.Instant;
import java.util.Arrays;
import java.util.Objects;

/**
 * By what a person's one-time codes are made (RFC 6238).
 *
 * @param sealed the secret, sealed by the one who keeps it here, 1 to 256 bytes
 * @param lastStep the last time step of which a code was used
 * @param madeAt to the millisecond
 */
@SuppressWarnings("ArrayRecordComponent") // copied on the way in and out
public record OneTimeCode(byte[] sealed, long lastStep, Instant madeAt) {
  private static final int SEALED_MAX = 256;

  /**
   * Checks every rule.
   *
   * @throws IllegalArgumentException naming the rule that is broken
   */
  public OneTimeCode {
    sealed = sealed.clone();
    if (sealed.length == 0 || sealed.length > SEALED_MAX || lastStep < 0) {
      throw new IllegalArgumentException(
          "a sealed secret has 1 to 256 bytes, and a time step is not negative");
    }
  }

  @Override
  public byte[] sealed() {
    return sealed.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof OneTimeCode that
        && Arrays.equals(sealed, that.sealed)
        && lastStep == that.lastStep
        && madeAt.equals(that.madeAt);
  }

  @Override
  public int hashCode() {
    return Objects.hash(Arrays.hashCode(sealed), lastStep, madeAt);
  }

  /** Leaves the secret out. */
  @Override
  public String toString() {
    return "OneTimeCode[made " + madeAt + "]";
  }
}
