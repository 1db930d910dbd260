package dev.counterfoil.verifier;

import java.util.Arrays;
import java.util.Optional;

/** ECDSA signatures of curves of 256 bits, between JWS's form and that of ASN.1. */
final class EcdsaDer {
  private static final byte SEQUENCE = 0x30;
  private static final byte INTEGER = 0x02;
  private static final byte LONG_LENGTH = (byte) 0x81;
  private static final int WIDTH = 32;

  private EcdsaDer() {}

  /**
   * A signature in DER: {@code Ecdsa-Sig-Value} (RFC 3279 2.2.3), each number in as few bytes as it
   * takes.
   *
   * @param signature r ‖ s, 64 bytes (RFC 7518 3.4)
   */
  static byte[] of(byte[] signature) {
    if (signature.length != 2 * WIDTH) {
      throw new IllegalArgumentException("a signature has 64 bytes");
    }
    int zerosOfR = zeros(signature, 0);
    int zerosOfS = zeros(signature, WIDTH);
    int lengthOfR = length(signature, 0, zerosOfR);
    int lengthOfS = length(signature, WIDTH, zerosOfS);
    byte[] der = new byte[6 + lengthOfR + lengthOfS];
    der[0] = SEQUENCE;
    der[1] = (byte) (der.length - 2);
    put(signature, 0, zerosOfR, der, 2, lengthOfR);
    put(signature, WIDTH, zerosOfS, der, 4 + lengthOfR, lengthOfS);
    return der;
  }

  /** The other way, of DER or what is near it; what follows the two numbers is not looked at. */
  static Optional<byte[]> joined(byte[] der) {
    if (der.length < 8 || der[0] != SEQUENCE) {
      return Optional.empty();
    }
    // A length in its long form (X.690 8.1.3.5) takes a byte more, which DER allows only from 128.
    int r = der[1] == LONG_LENGTH ? 3 : 2;
    if (der[r] != INTEGER) {
      return Optional.empty();
    }
    int endOfR = r + 2 + Byte.toUnsignedInt(der[r + 1]);
    if (endOfR + 2 > der.length || der[endOfR] != INTEGER) {
      return Optional.empty();
    }
    int endOfS = endOfR + 2 + Byte.toUnsignedInt(der[endOfR + 1]);
    return endOfS > der.length
        ? Optional.empty()
        : Optional.of(
            joined(
                Arrays.copyOfRange(der, r + 2, endOfR),
                Arrays.copyOfRange(der, endOfR + 2, endOfS)));
  }

  /** JWS's form of two numbers; of longer ones the last bytes. */
  static byte[] joined(byte[] r, byte[] s) {
    byte[] signature = new byte[2 * WIDTH];
    int lengthOfR = Math.min(r.length, WIDTH);
    int lengthOfS = Math.min(s.length, WIDTH);
    System.arraycopy(r, r.length - lengthOfR, signature, WIDTH - lengthOfR, lengthOfR);
    System.arraycopy(s, s.length - lengthOfS, signature, 2 * WIDTH - lengthOfS, lengthOfS);
    return signature;
  }

  /** Zero bytes before the number, which keeps one of them when it is zero. */
  private static int zeros(byte[] signature, int from) {
    int zeros = 0;
    while (zeros < WIDTH - 1 && signature[from + zeros] == 0) {
      zeros++;
    }
    return zeros;
  }

  /** One more where the first bit is set: it would be the sign. */
  private static int length(byte[] signature, int from, int zeros) {
    return WIDTH - zeros + (signature[from + zeros] < 0 ? 1 : 0);
  }

  private static void put(byte[] signature, int from, int zeros, byte[] der, int at, int length) {
    der[at] = INTEGER;
    der[at + 1] = (byte) length;
    int digits = WIDTH - zeros;
    System.arraycopy(signature, from + zeros, der, at + 2 + length - digits, digits);
  }
}
