package dev.counterfoil.format.weakkeys;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/**
 * Elliptic curve keys whose private half is one of those that attackers try first: {@code
 * spec/keys.md} says which. The first check takes seconds, so it is made where a key is registered,
 * and not where one is read.
 */
public final class GuessableKeys {
  /** Passwords that are tried first, as a private key or hashed into one. */
  private static final List<String> WORDS =
      List.of(
          "",
          "password",
          "123456",
          "12345678",
          "123456789",
          "1234567890",
          "qwerty",
          "abc123",
          "111111",
          "password1",
          "iloveyou",
          "admin",
          "letmein",
          "secret",
          "changeit",
          "changeme",
          "test");

  private static final int BYTES = 32;

  /** Multiples of what {@link WellKnownKeys} knows of P-256: 512 of 2049 are more than 2^20. */
  private static final int STEPS = 512;

  /** A seed is hashed, so each one takes the making of a key. */
  private static final int SEEDS = 256;

  private GuessableKeys() {}

  /**
   * Whether a P-256 key's private half is near zero, half of the order or a power of two, one byte
   * that is repeated, a word, or a word's SHA-256.
   */
  public static boolean hasP256(BigInteger x, BigInteger y) {
    WellKnownKeys.Point key = new WellKnownKeys.Point(x, y);
    if (OfP256.X.contains(x)
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
    return OfEd25519.KEYS.contains(HexFormat.of().formatHex(key));
  }

  /** Made when the first key is registered: a second's work. */
  private static final class OfP256 {
    static final WellKnownKeys.Point STEP = step();
    static final Set<BigInteger> X = x();

    private static WellKnownKeys.Point step() {
      WellKnownKeys.Point sum = WellKnownKeys.Point.GENERATOR;
      // 2049 = 2^11 + 1.
      for (int i = 0; i < 11; i++) {
        sum = sum.plus(sum);
      }
      return sum.plus(WellKnownKeys.Point.GENERATOR);
    }

    private static Set<BigInteger> x() {
      Set<BigInteger> all = new HashSet<>();
      WellKnownKeys.Point power = WellKnownKeys.Point.GENERATOR;
      for (int i = 1; i < BYTES * Byte.SIZE; i++) {
        power = power.plus(power);
        all.add(power.x());
        if (i > 1) {
          all.add(power.plus(WellKnownKeys.Point.GENERATOR).x());
          all.add(power.plus(WellKnownKeys.Point.GENERATOR.negative()).x());
        }
      }
      byte[] ones = new byte[BYTES];
      Arrays.fill(ones, (byte) 1);
      WellKnownKeys.Point step = WellKnownKeys.Point.GENERATOR.times(new BigInteger(1, ones));
      WellKnownKeys.Point repeated = step;
      for (int fill = 1; fill <= 0xff; fill++) {
        all.add(repeated.x());
        repeated = repeated.plus(step);
      }
      for (byte[] word : words()) {
        BigInteger number = new BigInteger(1, word);
        if (number.signum() > 0) {
          all.add(WellKnownKeys.Point.GENERATOR.times(number).x());
        }
      }
      return Set.copyOf(all);
    }
  }

  /** Made when the first key is registered: half a second's work. */
  private static final class OfEd25519 {
    static final Set<String> KEYS = keys();

    private static Set<String> keys() {
      List<byte[]> seeds = new ArrayList<>(words());
      for (int number = 0; number <= SEEDS; number++) {
        seeds.add(ofNumber(BigInteger.valueOf(number)));
      }
      for (int bit = 0; bit < BYTES * Byte.SIZE; bit++) {
        seeds.add(ofNumber(BigInteger.ONE.shiftLeft(bit)));
      }
      for (byte[] seed : List.copyOf(seeds)) {
        byte[] reversed = new byte[BYTES];
        for (int i = 0; i < BYTES; i++) {
          reversed[i] = seed[BYTES - 1 - i];
        }
        seeds.add(reversed);
      }
      for (int fill = 0; fill <= 0xff; fill++) {
        byte[] seed = new byte[BYTES];
        Arrays.fill(seed, (byte) fill);
        seeds.add(seed);
      }
      Set<String> keys = new HashSet<>();
      for (byte[] seed : seeds) {
        keys.add(HexFormat.of().formatHex(ofSeed(seed)));
      }
      return Set.copyOf(keys);
    }
  }

  /** Each word's SHA-256, and the word itself before zeros and behind them. */
  private static List<byte[]> words() {
    List<byte[]> all = new ArrayList<>();
    for (String word : WORDS) {
      byte[] bytes = word.getBytes(StandardCharsets.US_ASCII);
      try {
        all.add(MessageDigest.getInstance("SHA-256").digest(bytes));
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("every Java platform has SHA-256", e);
      }
      all.add(Arrays.copyOf(bytes, BYTES));
      all.add(ofNumber(new BigInteger(1, bytes)));
    }
    return all;
  }

  private static byte[] ofNumber(BigInteger number) {
    byte[] bytes = number.toByteArray();
    byte[] fixed = new byte[BYTES];
    int length = Math.min(bytes.length, BYTES);
    System.arraycopy(bytes, bytes.length - length, fixed, BYTES - length, length);
    return fixed;
  }

  /** The public key of a seed. */
  private static byte[] ofSeed(byte[] seed) {
    try {
      KeyPairGenerator keys = KeyPairGenerator.getInstance("Ed25519");
      keys.initialize(WeakEd25519.KEY_BYTES * Byte.SIZE - 1, new Guess(seed));
      byte[] encoded = keys.generateKeyPair().getPublic().getEncoded();
      return Arrays.copyOfRange(encoded, encoded.length - WeakEd25519.KEY_BYTES, encoded.length);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has Ed25519", e);
    }
  }

  /** Says a seed that is tried: what is made of it is compared, and never used. */
  private static final class Guess extends SecureRandom {
    private static final long serialVersionUID = 1L;

    private final byte[] seed;

    Guess(byte[] seed) {
      this.seed = seed.clone();
    }

    @Override
    public void nextBytes(byte[] bytes) {
      System.arraycopy(seed, 0, bytes, 0, bytes.length);
    }
  }
}
