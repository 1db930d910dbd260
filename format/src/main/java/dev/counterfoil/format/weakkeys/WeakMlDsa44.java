package dev.counterfoil.format.weakkeys;

/** ML-DSA-44 keys that nobody owns (FIPS 204). */
public final class WeakMlDsa44 {
  /** Length of a public key: a seed, then four polynomials of 256 coefficients of 10 bits. */
  public static final int KEY_BYTES = 1312;

  private static final int SEED_BYTES = 32;
  private static final int POLYNOMIAL_BYTES = 320;
  private static final int COEFFICIENT_BITS = 10;
  private static final int COEFFICIENT_MAX = (1 << COEFFICIENT_BITS) - 1;

  /**
   * Most coefficients of one polynomial that are 0 or 1, or their negatives modulo q: 1022 or 1023.
   * An honest one has one of them on average, and more than 32 with a chance below 2^-100.
   */
  private static final int NEAR_ZERO_MAX = 32;

  private WeakMlDsa44() {}

  /**
   * Whether one of a key's polynomials is next to zero, as in a buffer of zeros or of ones. Where
   * it is, verification no longer asks for anything that only the owner has.
   */
  public static boolean isWeak(byte[] key) {
    for (int from = SEED_BYTES; from < KEY_BYTES; from += POLYNOMIAL_BYTES) {
      if (nearZero(key, from) > NEAR_ZERO_MAX) {
        return true;
      }
    }
    return false;
  }

  private static int nearZero(byte[] key, int from) {
    int count = 0;
    for (int bit = 0; bit < POLYNOMIAL_BYTES * Byte.SIZE; bit += COEFFICIENT_BITS) {
      int at = from + bit / Byte.SIZE;
      int pair = (key[at] & 0xff) | (key[at + 1] & 0xff) << Byte.SIZE;
      int coefficient = pair >> bit % Byte.SIZE & COEFFICIENT_MAX;
      if (coefficient <= 1 || coefficient >= COEFFICIENT_MAX - 1) {
        count++;
      }
    }
    return count;
  }
}
