package dev.counterfoil.signer.privatekeys;

import java.util.HexFormat;

/**
 * Makes ECDSA signatures low-s: of the two good values of s the smaller one. Otherwise anybody
 * could turn a token into a second one with another text.
 */
public final class LowS {
  private static final byte[] ORDER =
      HexFormat.of().parseHex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
  private static final byte[] HALF =
      HexFormat.of().parseHex("7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8");
  private static final int WIDTH = 32;

  private LowS() {}

  /** Replaces s by n − s where it is above n/2, in place. */
  public static void normalise(byte[] signature) {
    if (signature.length != 2 * WIDTH) {
      throw new IllegalArgumentException("an ES256 signature has 64 bytes");
    }
    if (!isAboveHalf(signature)) {
      return;
    }
    int borrow = 0;
    for (int i = WIDTH - 1; i >= 0; i--) {
      int difference = (ORDER[i] & 0xff) - (signature[WIDTH + i] & 0xff) - borrow;
      borrow = difference < 0 ? 1 : 0;
      signature[WIDTH + i] = (byte) difference;
    }
  }

  static boolean isAboveHalf(byte[] signature) {
    for (int i = 0; i < WIDTH; i++) {
      int order = Integer.compare(signature[WIDTH + i] & 0xff, HALF[i] & 0xff);
      if (order != 0) {
        return order > 0;
      }
    }
    return false;
  }
}
