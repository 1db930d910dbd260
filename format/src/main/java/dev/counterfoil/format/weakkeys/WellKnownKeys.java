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

    private static final BigInteger PRIME =
        new BigInteger("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff", 16);
    private static final BigInteger X =
        new BigInteger("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296", 16);
    private static final BigInteger Y =
        new BigInteger("4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5", 16);
    private static final BigInteger THREE = BigInteger.valueOf(3);

    static final Set<BigInteger> KNOWN = known();

    private static Set<BigInteger> known() {
      Set<BigInteger> known = new HashSet<>();
      values("P-256").forEach(x -> known.add(number(x)));
      BigInteger x = X;
      BigInteger y = Y;
      for (int key = 1; key <= GUESSED; key++) {
        known.add(x);
        // The generator is added: x is its own for the first time only, where it is doubled.
        BigInteger slope =
            key == 1
                ? x.multiply(x).subtract(BigInteger.ONE).multiply(THREE).multiply(inverse(y.add(y)))
                : y.subtract(Y).multiply(inverse(x.subtract(X)));
        BigInteger next = slope.multiply(slope).subtract(x).subtract(X).mod(PRIME);
        y = slope.multiply(X.subtract(next)).subtract(Y).mod(PRIME);
        x = next;
      }
      return Set.copyOf(known);
    }

    private static BigInteger inverse(BigInteger of) {
      return of.modInverse(PRIME);
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
