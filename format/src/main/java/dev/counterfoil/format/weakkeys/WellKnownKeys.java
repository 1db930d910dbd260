package dev.counterfoil.format.weakkeys;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Keys whose private half everybody knows: printed in RFCs and on jwt.io ({@code
 * spec/known-keys.txt}), or guessed at the first try.
 */
public final class WellKnownKeys {
  private static final String FILE = "known-keys.txt";
  private static final List<String[]> LISTED = listed();
  private static final Set<String> ED25519 = Set.copyOf(values("Ed25519"));
  private static final Set<String> ML_DSA_44 = Set.copyOf(values("ML-DSA-44"));

  private WellKnownKeys() {}

  /** Whether the 32 bytes of an Ed25519 key are one of them. */
  public static boolean hasEd25519(byte[] key) {
    return ED25519.contains(base64Url(key));
  }

  /** Whether the bytes of an ML-DSA-44 key are one of them. */
  public static boolean hasMlDsa44(byte[] key) {
    try {
      return ML_DSA_44.contains(base64Url(MessageDigest.getInstance("SHA-256").digest(key)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /**
   * Whether a P-256 key is one of them, by the x coordinate, which a key and its negative share.
   */
  public static boolean hasP256(BigInteger x) {
    return P256.KNOWN.contains(x);
  }

  /** Whether the private half of an RSA key follows from one of them, or from itself: a prime. */
  public static boolean hasRsa(BigInteger modulus) {
    return !modulus.gcd(Rsa.PRODUCT).equals(BigInteger.ONE)
        // Fermat's test: whom it deceives tried to, and owns the key.
        || BigInteger.TWO.modPow(modulus, modulus).equals(BigInteger.TWO);
  }

  private static final class Rsa {
    static final BigInteger PRODUCT =
        values("RSA").stream()
            .map(WellKnownKeys::number)
            .reduce(BigInteger.ONE, BigInteger::multiply);
  }

  private static final class P256 {
    /** The private keys from 1 on, and from the largest one down, that are tried first. */
    private static final int GUESSED = 1024;

    static final Set<BigInteger> KNOWN = known();

    private static Set<BigInteger> known() {
      Set<BigInteger> known = new HashSet<>();
      values("P-256").forEach(x -> known.add(number(x)));
      Point point = Point.GENERATOR;
      for (int key = 1; key <= GUESSED; key++) {
        known.add(point.x());
        point = point.plus(Point.GENERATOR);
      }
      return Set.copyOf(known);
    }
  }

  /** A point of P-256 (SP 800-186 3.2.1.3), for public numbers: its time tells what they are. */
  record Point(BigInteger x, BigInteger y) {
    private static final BigInteger PRIME =
        new BigInteger("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff", 16);
    private static final BigInteger THREE = BigInteger.valueOf(3);

    static final Point GENERATOR =
        new Point(
            new BigInteger("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296", 16),
            new BigInteger("4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5", 16));

    /** The sum; of a point and its negative, which is no point, the generator. */
    Point plus(Point other) {
      BigInteger slope;
      if (!x.equals(other.x)) {
        slope = y.subtract(other.y).multiply(x.subtract(other.x).modInverse(PRIME));
      } else if (y.equals(other.y)) {
        slope =
            x.multiply(x)
                .subtract(BigInteger.ONE)
                .multiply(THREE)
                .multiply(y.add(y).modInverse(PRIME));
      } else {
        return GENERATOR;
      }
      BigInteger sum = slope.multiply(slope).subtract(x).subtract(other.x).mod(PRIME);
      return new Point(sum, slope.multiply(x.subtract(sum)).subtract(y).mod(PRIME));
    }

    Point negative() {
      return new Point(x, PRIME.subtract(y));
    }

    /** The multiple by a number from 1 on. */
    Point times(BigInteger number) {
      Point product = this;
      for (int bit = number.bitLength() - 2; bit >= 0; bit--) {
        product = product.plus(product);
        product = number.testBit(bit) ? product.plus(this) : product;
      }
      return product;
    }
  }

  private static List<String> values(String kind) {
    return LISTED.stream().filter(line -> line[0].equals(kind)).map(line -> line[1]).toList();
  }

  private static List<String[]> listed() {
    try (InputStream in = WellKnownKeys.class.getResourceAsStream(FILE)) {
      if (in == null) {
        throw new IllegalStateException(FILE + " is missing beside the program");
      }
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(line -> line.split(" ", 3))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static BigInteger number(String base64Url) {
    return new BigInteger(1, Base64.getUrlDecoder().decode(base64Url));
  }

  private static String base64Url(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
