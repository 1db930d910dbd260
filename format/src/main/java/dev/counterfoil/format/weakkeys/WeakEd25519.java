package dev.counterfoil.format.weakkeys;

import java.math.BigInteger;
import java.util.List;

/** Ed25519 keys that nobody owns (RFC 8032 5.1). */
public final class WeakEd25519 {
  /** Length of a public key. */
  public static final int KEY_BYTES = 32;

  private static final BigInteger PRIME =
      BigInteger.ONE.shiftLeft(255).subtract(BigInteger.valueOf(19));

  /** The y of four of the points of order 8; the other four have its negative. */
  private static final BigInteger ORDER_8 =
      new BigInteger("7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7", 16);

  /** The y of all eight points of small order. */
  private static final List<BigInteger> SMALL_ORDER =
      List.of(
          BigInteger.ONE, // the identity
          PRIME.subtract(BigInteger.ONE), // order 2
          BigInteger.ZERO, // order 4
          ORDER_8,
          PRIME.subtract(ORDER_8));

  private WeakEd25519() {}

  /**
   * Whether a key's 32 bytes are a point of small order, or not the one encoding of a point. Under
   * a key of small order a signature that is made without any private key is good for some
   * messages, and for the identity for all; {@code y} of the prime or more is a second spelling of
   * another key.
   */
  public static boolean isWeak(byte[] key) {
    BigInteger y = y(key);
    return y.compareTo(PRIME) >= 0 || SMALL_ORDER.contains(y);
  }

  /** Little-endian, without the top bit, which is the sign of x. */
  private static BigInteger y(byte[] key) {
    byte[] bigEndian = new byte[key.length];
    for (int i = 0; i < key.length; i++) {
      bigEndian[i] = key[key.length - 1 - i];
    }
    bigEndian[0] &= 0x7f;
    return new BigInteger(1, bigEndian);
  }
}
