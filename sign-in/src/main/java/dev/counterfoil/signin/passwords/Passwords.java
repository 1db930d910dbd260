package dev.counterfoil.signin.passwords;

import dev.counterfoil.http.answers.BusyException;
import dev.counterfoil.http.answers.Turns;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.text.Normalizer;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.function.Function;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator.FixedBlockPool;
import org.bouncycastle.crypto.params.Argon2Parameters;

/**
 * Hashes of passwords: Argon2id (RFC 9106) as PHC strings. Each takes {@link #MEMORY_KIB} while it
 * is made, so that a few are made at one time and the others wait.
 */
public final class Passwords {
  /** Fewest characters of one that is chosen. */
  public static final int LENGTH_MIN = 12;

  /** Most characters. */
  public static final int LENGTH_MAX = 256;

  /** OWASP's first choice of the ones that take little memory. */
  static final int MEMORY_KIB = 19 * 1024;

  private static final int PASSES = 2;
  private static final int LANES = 1;
  private static final int SALT_BYTES = 16;
  private static final int HASH_BYTES = 32;

  /** Nobody's, of the kind that is made here. */
  public static final PasswordHash OURS =
      PasswordHash.parse(phc(new byte[SALT_BYTES], new byte[HASH_BYTES]));

  private static final int AT_ONCE = 2;
  private static final int EACH_MAX = 4;

  private final SecureRandom random;
  private final Turns turns = new Turns(AT_ONCE, EACH_MAX);

  /** Memory to compute in, as much as is used at one time: as garbage it would grow the heap. */
  private final ConcurrentLinkedDeque<Argon2BytesGenerator.BlockPool> free =
      new ConcurrentLinkedDeque<>();

  private final Function<String, PasswordHash> nobodys;

  /**
   * Passwords of an issuer.
   *
   * @param nobodys what is computed for names without a password
   */
  public Passwords(SecureRandom random, Function<String, PasswordHash> nobodys) {
    this.random = random;
    this.nobodys = nobodys;
  }

  /** How long one is, in characters as people count them: in every place by the same measure. */
  public static int length(String password) {
    return password.codePointCount(0, password.length());
  }

  /**
   * The hash of a new password.
   *
   * @param caller who waits for a turn: a network address
   */
  public String hash(String password, String caller) throws BusyException {
    byte[] salt = new byte[SALT_BYTES];
    random.nextBytes(salt);
    try (Turns.Turn _ = turns.take(caller)) {
      return withMemory(pool -> phc(salt, argon2(normalized(password), salt, pool)));
    }
  }

  /**
   * Whether a password is the one that was hashed. Where there is no hash, as much is computed.
   *
   * @param username as it was typed
   * @param text of its hash; empty where the account has no password, or where there is no account
   */
  public boolean isRight(String password, String username, Optional<String> text, String caller)
      throws BusyException {
    PasswordHash nobody = nobodys.apply(username);
    PasswordHash hash = text.map(PasswordHash::parse).orElse(nobody);
    // NFC, or the same password would differ between keyboards. Others hash it as it was typed.
    String typed = hash.isOurs() ? normalized(password) : password;
    try (Turns.Turn _ = turns.take(caller)) {
      return withMemory(pool -> hash.matches(typed, pool)) && text.isPresent();
    }
  }

  private static String phc(byte[] salt, byte[] hash) {
    return PasswordHash.argon2(
        "id", Argon2Parameters.ARGON2_VERSION_13, MEMORY_KIB, PASSES, LANES, salt, hash);
  }

  private <T> T withMemory(Function<Argon2BytesGenerator.BlockPool, T> computation) {
    Argon2BytesGenerator.BlockPool pool =
        Objects.requireNonNullElseGet(free.poll(), () -> new FixedBlockPool(MEMORY_KIB));
    try {
      return computation.apply(pool);
    } finally {
      free.push(pool);
    }
  }

  private static String normalized(String password) {
    return Normalizer.normalize(password, Normalizer.Form.NFC);
  }

  private static byte[] argon2(String password, byte[] salt, Argon2BytesGenerator.BlockPool pool) {
    Argon2BytesGenerator generator = new Argon2BytesGenerator();
    generator.init(
        new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
            .withVersion(Argon2Parameters.ARGON2_VERSION_13)
            .withMemoryAsKB(MEMORY_KIB)
            .withIterations(PASSES)
            .withParallelism(LANES)
            .withSalt(salt)
            .withBlockPool(pool)
            .build());
    byte[] hash = new byte[HASH_BYTES];
    generator.generateBytes(password.getBytes(StandardCharsets.UTF_8), hash);
    return hash;
  }
}
