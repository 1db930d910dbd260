package dev.counterfoil.format.bytes;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * RSASSA-PKCS1-v1_5 with SHA-256, checked by making the encoding anew (RFC 8017 8.2.2): one
 * signature for each message. Providers read the encoding instead, and differ in what they let pass
 * in it, so that one service would take a token and the next one would not.
 */
public final class Pkcs1 {
  /** DER of the DigestInfo up to the hash (RFC 8017 9.2, note 1). */
  private static final byte[] DIGEST_INFO =
      HexFormat.of().parseHex("3031300d060960864801650304020105000420");

  private static final BigInteger EXPONENT = BigInteger.valueOf(65_537);

  private Pkcs1() {}

  /** Whether a signature of the modulus's length is good. */
  public static boolean isGood(BigInteger modulus, byte[] input, byte[] signature) {
    int length = (modulus.bitLength() + 7) / 8;
    BigInteger number = new BigInteger(1, signature);
    if (signature.length != length || number.compareTo(modulus) >= 0) {
      return false;
    }
    byte[] encoded = new byte[length];
    Arrays.fill(encoded, (byte) 0xff);
    int digestAt = length - Hash.BYTES;
    encoded[0] = 0;
    encoded[1] = 1;
    encoded[digestAt - DIGEST_INFO.length - 1] = 0;
    System.arraycopy(DIGEST_INFO, 0, encoded, digestAt - DIGEST_INFO.length, DIGEST_INFO.length);
    Hash.sha256(input).write(encoded, digestAt);
    return number.modPow(EXPONENT, modulus).equals(new BigInteger(1, encoded));
  }
}
