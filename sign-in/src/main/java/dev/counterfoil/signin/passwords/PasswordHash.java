package dev.counterfoil.signin.passwords;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.generators.OpenBSDBCrypt;
import org.bouncycastle.crypto.params.Argon2Parameters;

/**
 * A password's hash, of this system or another one, as text:
 *
 * <ul>
 *   <li>{@code $argon2id$v=19$m=19456,t=2,p=1$SALT$HASH} (RFC 9106), also {@code argon2i}, {@code
 *       argon2d} and {@code v=16};
 *   <li>{@code $pbkdf2-sha256$i=600000$SALT$HASH} (RFC 8018), also {@code pbkdf2-sha512}, and
 *       without {@code i=};
 *   <li>{@code $2b$12$} and 53 characters: bcrypt, also {@code $2a$} and {@code $2y$}.
 * </ul>
 *
 * Salts and hashes are base64 without padding. What costs more than the limits here is none: who
 * signs in with a name would have this machine compute it.
 */
public final class PasswordHash {
  static final int MEMORY_KIB_MAX = 64 * 1024;
  static final int PASSES_MAX = 10;
  static final int LANES_MAX = 16;
  static final int ITERATIONS_MAX = 1_000_000;
  static final int BCRYPT_COST_MAX = 13;

  private static final String SALT_AND_HASH =
      "\\$(?<salt>[A-Za-z0-9+/.]{11,86})\\$(?<hash>[A-Za-z0-9+/.]{22,86})";
  private static final Pattern ARGON2 =
      Pattern.compile(
          "\\$argon2(?<type>id|i|d)\\$v=(?<version>16|19)"
              + "\\$m=(?<memory>[0-9]{1,7}),t=(?<passes>[0-9]{1,3}),p=(?<lanes>[0-9]{1,2})"
              + SALT_AND_HASH);
  private static final Pattern PBKDF2 =
      Pattern.compile(
          "\\$pbkdf2-sha(?<bits>256|512)\\$(?:i=)?(?<iterations>[0-9]{1,8})" + SALT_AND_HASH);
  private static final Pattern BCRYPT =
      Pattern.compile("\\$2[aby]\\$(?<cost>[0-9]{2})\\$[./A-Za-z0-9]{53}");

  private final String text;
  private final String kind;
  private final Matching matching;

  /** Whether a password is the one. */
  @FunctionalInterface
  private interface Matching {
    boolean matches(String password, Argon2BytesGenerator.BlockPool pool);
  }

  private PasswordHash(String text, String kind, Matching matching) {
    this.text = text;
    this.kind = kind;
    this.matching = matching;
  }

  /**
   * Reads one.
   *
   * @throws IllegalArgumentException saying what is wrong, without the text
   */
  public static PasswordHash parse(String text) {
    Matcher parts = ARGON2.matcher(text);
    if (parts.matches()) {
      return argon2(text, parts);
    }
    parts = PBKDF2.matcher(text);
    if (parts.matches()) {
      return pbkdf2(text, parts);
    }
    parts = BCRYPT.matcher(text);
    if (parts.matches()) {
      return bcrypt(text, parts);
    }
    throw new IllegalArgumentException(
        "a password's hash is $argon2id$…, $pbkdf2-sha256$…, $pbkdf2-sha512$… or $2b$… (bcrypt),"
            + " with a salt of 8 and a hash of 16 bytes at least");
  }

  private static PasswordHash argon2(String text, Matcher parts) {
    int type =
        switch (parts.group("type")) {
          case "id" -> Argon2Parameters.ARGON2_id;
          case "i" -> Argon2Parameters.ARGON2_i;
          default -> Argon2Parameters.ARGON2_d;
        };
    int lanes = within("lanes of argon2", parts.group("lanes"), 1, LANES_MAX);
    int passes = within("passes of argon2", parts.group("passes"), 1, PASSES_MAX);
    int memory = within("KiB of argon2", parts.group("memory"), 8 * lanes, MEMORY_KIB_MAX);
    Argon2Parameters.Builder parameters =
        new Argon2Parameters.Builder(type)
            .withVersion(Integer.parseInt(parts.group("version")))
            .withMemoryAsKB(memory)
            .withIterations(passes)
            .withParallelism(lanes)
            .withSalt(bytes(parts.group("salt")));
    byte[] expected = bytes(parts.group("hash"));
    return new PasswordHash(
        text,
        kind(text, parts),
        (password, pool) -> {
          Argon2BytesGenerator generator = new Argon2BytesGenerator();
          byte[] hash = new byte[expected.length];
          synchronized (parameters) {
            generator.init(parameters.withBlockPool(pool).build());
          }
          generator.generateBytes(password.toCharArray(), hash);
          return MessageDigest.isEqual(hash, expected);
        });
  }

  private static PasswordHash pbkdf2(String text, Matcher parts) {
    int iterations = within("iterations of PBKDF2", parts.group("iterations"), 1, ITERATIONS_MAX);
    String algorithm = "PBKDF2WithHmacSHA" + parts.group("bits");
    byte[] salt = bytes(parts.group("salt"));
    byte[] expected = bytes(parts.group("hash"));
    return new PasswordHash(
        text,
        kind(text, parts),
        (password, _) -> {
          PBEKeySpec spec =
              new PBEKeySpec(password.toCharArray(), salt, iterations, expected.length * Byte.SIZE);
          try {
            return MessageDigest.isEqual(
                SecretKeyFactory.getInstance(algorithm).generateSecret(spec).getEncoded(),
                expected);
          } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
          } finally {
            spec.clearPassword();
          }
        });
  }

  private static PasswordHash bcrypt(String text, Matcher parts) {
    var _ = within("cost of bcrypt", parts.group("cost"), 4, BCRYPT_COST_MAX);
    String kind = text.substring(0, parts.end("cost") + 1) + ".".repeat(53);
    return new PasswordHash(
        text, kind, (password, _) -> OpenBSDBCrypt.checkPassword(text, password.toCharArray()));
  }

  private static int within(String what, String number, int min, int max) {
    int is = Integer.parseInt(number);
    if (is < min || is > max) {
      throw new IllegalArgumentException(
          "a password's hash has %d to %,d %s here, and not %,d".formatted(min, max, what, is));
    }
    return is;
  }

  private static byte[] bytes(String base64) {
    try {
      // Some write . where base64 has +.
      return Base64.getDecoder().decode(base64.replace('.', '+'));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("a password's hash has salt and hash in base64", e);
    }
  }

  private static String kind(String text, Matcher parts) {
    return text.substring(0, parts.start("salt"))
        + "A".repeat(parts.group("salt").length())
        + "$"
        + "A".repeat(parts.group("hash").length());
  }

  /** The hash of another system's password credential: as {@link #parse} takes it. */
  public static String argon2(
      String type, int version, int memoryKib, int passes, int lanes, byte[] salt, byte[] hash) {
    return "$argon2%s$v=%d$m=%d,t=%d,p=%d$%s$%s"
        .formatted(type, version, memoryKib, passes, lanes, base64(salt), base64(hash));
  }

  /** The same of PBKDF2 with HMAC-SHA-256 or -512. */
  public static String pbkdf2(int bits, int iterations, byte[] salt, byte[] hash) {
    return "$pbkdf2-sha%d$i=%d$%s$%s".formatted(bits, iterations, base64(salt), base64(hash));
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().withoutPadding().encodeToString(bytes);
  }

  /** The text, which is a secret: with it, passwords can be tried on other machines. */
  public String text() {
    return text;
  }

  /** The same hash of nobody: what it costs, without salt and value. */
  public String kind() {
    return kind;
  }

  /** Whether it is as this system makes them now. */
  public boolean isOurs() {
    return kind.equals(Passwords.OURS.kind);
  }

  /** Whether a password is the one that was hashed, byte for byte as it was typed. */
  boolean matches(String password, Argon2BytesGenerator.BlockPool pool) {
    return matching.matches(password, pool);
  }

  /** The hash of a text; empty where it is none that is taken here. */
  public static Optional<PasswordHash> of(String text) {
    try {
      return Optional.of(parse(text));
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  /** What it is, without salt and value. */
  @Override
  public String toString() {
    return kind;
  }
}
