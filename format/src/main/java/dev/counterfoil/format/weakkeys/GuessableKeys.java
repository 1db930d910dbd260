package dev.counterfoil.format.weakkeys;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Elliptic curve keys whose private half is one of those that attackers try first: {@code
 * spec/keys.md} says which. A check takes a thousand additions of points, so it is made where a key
 * is registered, and not where one is read.
 */
public final class GuessableKeys {
  /**
   * The first eight bytes of each x coordinate of P-256 and of each Ed25519 key, by {@code
   * GuessedKeysTest}, which makes them: to make them when a process starts takes it seconds.
   */
  private static final String FILE = "guessed-keys.txt";

  private static final int PREFIX_BYTES = 8;
  private static final int BYTES = 32;

  /** Multiples of what {@link WellKnownKeys} knows of P-256: 512 of 2049 are more than 2^20. */
  private static final int STEPS = 512;

  private GuessableKeys() {}

  /**
   * Whether a P-256 key's private half is near zero, half of the order or a power of two, one byte
   * that is repeated, a word, or a word's SHA-256.
   */
  public static boolean hasP256(BigInteger x, BigInteger y) {
    WellKnownKeys.Point key = new WellKnownKeys.Point(x, y);
    if (OfP256.X.contains(prefix(x))
        // Twice what is next to half of the order is next to zero.
        || WellKnownKeys.hasP256(key.plus(key).x())) {
      return true;
    }
    WellKnownKeys.Point up = key;
    WellKnownKeys.Point down = key;
    for (int i = 0; i < STEPS; i++) {
      if (WellKnownKeys.hasP256(up.x()) || WellKnownKeys.hasP256(down.x())) {
        return true;
      }
      // Where the sum is the point at infinity it is the generator, which is known: a multiple of
      // the step is found, too.
      up = up.plus(OfP256.STEP);
      down = down.plus(OfP256.STEP.negative());
    }
    return false;
  }

  /** Whether the seed of an Ed25519 key is a small number, one bit, one byte, or a word. */
  public static boolean hasEd25519(byte[] key) {
    return OfEd25519.KEYS.contains(prefix(key));
  }

  private static final class OfP256 {
    static final WellKnownKeys.Point STEP = step();
    static final Set<Long> X = prefixes("P-256");

    private static WellKnownKeys.Point step() {
      WellKnownKeys.Point sum = WellKnownKeys.Point.GENERATOR;
      // 2049 = 2^11 + 1.
      for (int i = 0; i < 11; i++) {
        sum = sum.plus(sum);
      }
      return sum.plus(WellKnownKeys.Point.GENERATOR);
    }
  }

  private static final class OfEd25519 {
    static final Set<Long> KEYS = prefixes("Ed25519");
  }

  private static Set<Long> prefixes(String curve) {
    try (InputStream file = GuessableKeys.class.getResourceAsStream(FILE)) {
      if (file == null) {
        throw new IllegalStateException(FILE + " is missing beside the program");
      }
      return new String(file.readAllBytes(), StandardCharsets.US_ASCII)
          .lines()
          .filter(line -> line.startsWith(curve + " "))
          .map(line -> HexFormat.fromHexDigitsToLong(line.substring(curve.length() + 1)))
          .collect(Collectors.toUnmodifiableSet());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The first bytes of a number of 32 bytes, as a key of the file. */
  static long prefix(BigInteger x) {
    return x.shiftRight((BYTES - PREFIX_BYTES) * Byte.SIZE).longValue();
  }

  static long prefix(byte[] key) {
    return ByteBuffer.wrap(key).getLong();
  }
}
