package dev.counterfoil.format.weakkeys;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
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
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Makes the file of guessed keys ({@code -Dregenerate=true}), and holds it against its rules. */
class GuessedKeysTest {
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

  /** Numbers that are tried as a seed. */
  private static final int SEEDS = 256;

  @Test
  void theFileHasEachGuessedKeyAndNoOther() throws Exception {
    Set<String> lines = new TreeSet<>();
    x().forEach(x -> lines.add("P-256 " + HexFormat.of().toHexDigits(GuessableKeys.prefix(x))));
    for (byte[] key : keys()) {
      lines.add("Ed25519 " + HexFormat.of().toHexDigits(GuessableKeys.prefix(key)));
    }
    Path file = Path.of("../spec/guessed-keys.txt");
    if (Boolean.getBoolean("regenerate")) {
      Files.writeString(file, String.join("\n", lines) + "\n");
    }
    assertThat(Files.readAllLines(file)).containsExactlyElementsOf(lines);
    assertThat(lines).hasSizeGreaterThan(2_000);
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

  private static List<byte[]> keys() {
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
    return seeds.stream().map(GuessedKeysTest::ofSeed).toList();
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
