package dev.counterfoil.signin;

import dev.counterfoil.http.answers.BusyException;
import dev.counterfoil.http.answers.Turns;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.text.Normalizer;
import java.util.Base64;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator.FixedBlockPool;
import org.bouncycastle.crypto.params.Argon2Parameters;

/**
 * Hashes of passwords: Argon2id (RFC 9106) as PHC strings. Each takes {@link #MEMORY_KIB} while it
 * is made, so that a few are made at one time and the others wait.
 */
final class Passwords {
  /** Fewest characters of one that is chosen. */
  static final int LENGTH_MIN = 12;

  /** Most characters. */
  static final int LENGTH_MAX = 256;

  /** OWASP's first choice of the ones that take little memory. */
  static final int MEMORY_KIB = 19 * 1024;

  private static final int PASSES = 2;
  private static final int LANES = 1;
  private static final int SALT_BYTES = 16;
  private static final int HASH_BYTES = 32;

  /** What others hashed may take more, within these. */
  private static final int MEMORY_KIB_MAX = 64 * 1024;

  private static final int PASSES_MAX = 10;

  private static final int AT_ONCE = 2;
  private static final int EACH_MAX = 4;

  private static final Pattern PHC =
      Pattern.compile(
          "\\$argon2id\\$v=19\\$m=([0-9]{1,7}),t=([0-9]{1,3}),p=([0-9]{1,2})"
              + "\\$([A-Za-z0-9+/]{11,86})\\$([A-Za-z0-9+/]{22,86})");

  private final SecureRandom random;
  private final Turns turns = new Turns(AT_ONCE, EACH_MAX);

  /** Memory to compute in, as much as is used at one time: as garbage it would grow the heap. */
  private final ConcurrentLinkedDeque<Argon2BytesGenerator.BlockPool> free =
      new ConcurrentLinkedDeque<>();

  private final String nobodys;

  Passwords(SecureRandom random) {
    this.random = random;
    // Nobody's password: its hash is compared where there is no other, in the same time.
    this.nobodys = phc(new byte[SALT_BYTES], new byte[HASH_BYTES]);
  }

  /** How long one is, in characters as people count them: in every place by the same measure. */
  static int length(String password) {
    return password.codePointCount(0, password.length());
  }

  /**
   * The hash of a new password.
   *
   * @param caller who waits for a turn: a network address
   */
  String hash(String password, String caller) throws BusyException {
    byte[] salt = new byte[SALT_BYTES];
    random.nextBytes(salt);
    try (Turns.Turn _ = turns.take(caller)) {
      return phc(salt, argon2(password, salt, MEMORY_KIB, PASSES, LANES, HASH_BYTES));
    }
  }

  /**
   * Whether a password is the one that was hashed. Takes as long where there is no hash.
   *
   * @param phc empty where the account has no password, or where there is no account
   */
  boolean isRight(String password, Optional<String> phc, String caller) throws BusyException {
    Matcher parts = PHC.matcher(phc.orElse(nobodys));
    if (!parts.matches()) {
      throw new IllegalStateException("a password's hash is no PHC string of Argon2id");
    }
    int memory = Integer.parseInt(parts.group(1));
    int passes = Integer.parseInt(parts.group(2));
    int lanes = Integer.parseInt(parts.group(3));
    if (memory > MEMORY_KIB_MAX || passes > PASSES_MAX || passes < 1 || lanes < 1 || lanes > 16) {
      throw new IllegalStateException("a password's hash takes more than is allowed here");
    }
    byte[] expected = Base64.getDecoder().decode(parts.group(5));
    try (Turns.Turn _ = turns.take(caller)) {
      byte[] salt = Base64.getDecoder().decode(parts.group(4));
      byte[] is = argon2(password, salt, memory, passes, lanes, expected.length);
      return MessageDigest.isEqual(is, expected) && phc.isPresent();
    }
  }

  private static String phc(byte[] salt, byte[] hash) {
    Base64.Encoder encoder = Base64.getEncoder().withoutPadding();
    return "$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s"
        .formatted(
            MEMORY_KIB, PASSES, LANES, encoder.encodeToString(salt), encoder.encodeToString(hash));
  }

  private byte[] argon2(
      String password, byte[] salt, int memory, int passes, int lanes, int length) {
    Argon2BytesGenerator.BlockPool pool =
        Objects.requireNonNullElseGet(free.poll(), () -> new FixedBlockPool(MEMORY_KIB));
    try {
      return argon2(password, salt, memory, passes, lanes, length, pool);
    } finally {
      free.push(pool);
    }
  }

  private static byte[] argon2(
      String password,
      byte[] salt,
      int memory,
      int passes,
      int lanes,
      int length,
      Argon2BytesGenerator.BlockPool pool) {
    Argon2BytesGenerator generator = new Argon2BytesGenerator();
    generator.init(
        new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
            .withVersion(Argon2Parameters.ARGON2_VERSION_13)
            .withMemoryAsKB(memory)
            .withIterations(passes)
            .withParallelism(lanes)
            .withSalt(salt)
            .withBlockPool(pool)
            .build());
    byte[] hash = new byte[length];
    // NFC, or the same password would differ between keyboards.
    generator.generateBytes(
        Normalizer.normalize(password, Normalizer.Form.NFC).getBytes(StandardCharsets.UTF_8), hash);
    return hash;
  }
}
