package dev.counterfoil.format.keys;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/**
 * At most 32 bits of a private key, kept beside its public half, by which the dump gate finds the
 * places where the key may lie; the public key then decides. docs/decisions/scan-hints.md says what
 * these bits are worth to an attacker, and why there are any.
 *
 * <p>Which bits they are depends on the algorithm, and they are all that is kept for all forms of
 * the key together:
 *
 * <ul>
 *   <li>ES256: the 32 low-order bits of the scalar.
 *   <li>RS256: the 32 low-order bits of the first prime. Those of the second follow from the
 *       modulus, and what the exponents can be follows from both.
 *   <li>EdDSA: bits 3 to 20 of the scalar (the three below them are zero in every key, RFC 8032
 *       5.1.5), then the 14 low-order bits of the seed's last two bytes.
 *   <li>ML-DSA-44: the last four bytes of the seed; none where the key holds no seed, since its
 *       expanded form is recognised by the public half alone.
 * </ul>
 *
 * @param algorithm JOSE name
 * @param bits the bits, or nothing where the public half is enough
 */
public record KeyHint(String algorithm, Optional<Integer> bits) {
  /** How many bits of an Ed25519 scalar are kept. */
  public static final int SCALAR_BITS = 18;

  /** How many of its seed. */
  public static final int SEED_BITS = 14;

  /** Lowest bit of an Ed25519 scalar that is kept. */
  public static final int SCALAR_SHIFT = 3;

  /** Longest text of a hint, in bytes. */
  public static final int TEXT_BYTES_MAX = 64;

  private static final String FORMAT = "counterfoil-hint-1";
  private static final String NONE = "none";
  private static final int CHECK_DIGITS = 8;
  private static final int SCALAR_BYTES = 32;
  private static final int SEED_BYTES = 32;
  private static final int EXPANDED_ML_DSA_44_BYTES = 2560;

  private static final byte[] EC = HexFormat.of().parseHex("2a8648ce3d0201");
  private static final byte[] RSA = HexFormat.of().parseHex("2a864886f70d010101");
  private static final byte[] ED25519 = HexFormat.of().parseHex("2b6570");
  private static final byte[] ML_DSA_44 = HexFormat.of().parseHex("608648016503040311");

  public KeyHint {
    if (!algorithm.matches("ES256|RS256|EdDSA|ML-DSA-44")) {
      throw new IllegalArgumentException("no hints for keys of this algorithm");
    }
    if (bits.isEmpty() && !algorithm.equals("ML-DSA-44")) {
      throw new IllegalArgumentException("a hint of this algorithm has bits");
    }
  }

  /**
   * Takes the hint of a private key. The array is read where it lies, and not copied; of an Ed25519
   * key a digest is taken, whose implementation copies the seed, and the copy stays on the heap:
   * call this only in a process that makes keys and ends, or in one that has this key on its heap
   * anyway, as monitor, custodian and witness have theirs.
   *
   * @param pkcs8 the private key (RFC 5208, RFC 8410, RFC 9881)
   * @param algorithm JOSE name of what it signs with
   * @throws FormatException when it is no private key of that algorithm
   */
  public static KeyHint of(byte[] pkcs8, String algorithm) throws FormatException {
    Der key = new Der(pkcs8).enter(Der.SEQUENCE);
    key.skip(Der.INTEGER);
    Der oid = key.enter(Der.SEQUENCE).enter(Der.OBJECT_IDENTIFIER);
    Der inner = key.enter(Der.OCTET_STRING);
    return switch (algorithm) {
      case "ES256" -> {
        oid.require(EC);
        Der ec = inner.enter(Der.SEQUENCE);
        ec.skip(Der.INTEGER);
        yield new KeyHint(algorithm, Optional.of(ec.enter(Der.OCTET_STRING).lastFour()));
      }
      case "RS256" -> {
        oid.require(RSA);
        Der rsa = inner.enter(Der.SEQUENCE);
        for (int before = 0; before < 4; before++) {
          rsa.skip(Der.INTEGER);
        }
        yield new KeyHint(algorithm, Optional.of(rsa.enter(Der.INTEGER).lastFour()));
      }
      case "EdDSA" -> {
        oid.require(ED25519);
        yield new KeyHint(algorithm, Optional.of(ed25519(inner.enter(Der.OCTET_STRING))));
      }
      case "ML-DSA-44" -> {
        oid.require(ML_DSA_44);
        yield new KeyHint(algorithm, mlDsaSeed(inner).map(Der::lastFourOf));
      }
      default -> throw new FormatException("no hints for keys of this algorithm");
    };
  }

  private static int ed25519(Der seed) throws FormatException {
    if (seed.length() != SEED_BYTES) {
      throw new FormatException("an Ed25519 seed has 32 bytes");
    }
    byte[] expanded = seed.sha512();
    int scalar =
        (expanded[0] & 0xff)
            | (expanded[1] & 0xff) << 8
            | (expanded[2] & 0xff) << 16
            | (expanded[3] & 0xff) << 24;
    Arrays.fill(expanded, (byte) 0);
    int scalarBits = scalar >>> SCALAR_SHIFT & (1 << SCALAR_BITS) - 1;
    int seedBits = seed.lastFour() & (1 << SEED_BITS) - 1;
    return scalarBits << SEED_BITS | seedBits;
  }

  /** Of the three forms of RFC 9881 6, and of bare bytes, as some libraries write. */
  private static Optional<Der> mlDsaSeed(Der inner) throws FormatException {
    if (inner.length() == SEED_BYTES) {
      return Optional.of(inner);
    }
    if (inner.length() == EXPANDED_ML_DSA_44_BYTES) {
      return Optional.empty();
    }
    if (inner.isNext(Der.SEQUENCE)) {
      return Optional.of(inner.enter(Der.SEQUENCE).enter(Der.OCTET_STRING));
    }
    if (inner.isNext(Der.CONTEXT_0)) {
      return Optional.of(inner.enter(Der.CONTEXT_0));
    }
    Der only = inner.enter(Der.OCTET_STRING);
    return only.length() == SEED_BYTES ? Optional.of(only) : Optional.empty();
  }

  /** Reads a hint. */
  public static KeyHint parse(String text) throws FormatException {
    String[] words = text.strip().split(" ", -1);
    if (text.length() > TEXT_BYTES_MAX || words.length != 4 || !words[0].equals(FORMAT)) {
      throw new FormatException("a hint is a line of four words that begins with " + FORMAT);
    }
    try {
      KeyHint hint =
          new KeyHint(
              words[1],
              words[2].equals(NONE)
                  ? Optional.empty()
                  : Optional.of(HexFormat.fromHexDigits(words[2])));
      if (!hint.text().strip().equals(text.strip())) {
        throw new FormatException("the hint is damaged: its check does not fit");
      }
      return hint;
    } catch (IllegalArgumentException e) {
      throw new FormatException("a hint has an algorithm and eight hexadecimal digits", e);
    }
  }

  /** The file's content, one line. Damage to it is noticed: a wrong hint would find nothing. */
  public String text() {
    String said =
        FORMAT + " " + algorithm + " " + bits.map(HexFormat.of()::toHexDigits).orElse(NONE);
    String check =
        Hash.sha256(said.getBytes(StandardCharsets.US_ASCII)).hex().substring(0, CHECK_DIGITS);
    return said + " " + check + "\n";
  }

  /** Without the bits. */
  @Override
  public String toString() {
    return "KeyHint[" + algorithm + "]";
  }

  /** A part of a DER encoding, read where it lies. */
  private static final class Der {
    static final int INTEGER = 0x02;
    static final int OCTET_STRING = 0x04;
    static final int OBJECT_IDENTIFIER = 0x06;
    static final int SEQUENCE = 0x30;
    static final int CONTEXT_0 = 0x80;

    private final byte[] bytes;
    private final int end;
    private int at;

    Der(byte[] bytes) {
      this(bytes, 0, bytes.length);
    }

    private Der(byte[] bytes, int at, int end) {
      this.bytes = bytes;
      this.at = at;
      this.end = end;
    }

    int length() {
      return end - at;
    }

    boolean isNext(int tag) {
      return at < end && (bytes[at] & 0xff) == tag;
    }

    void skip(int tag) throws FormatException {
      enter(tag);
    }

    /** The content of the next element; this one goes on behind it. */
    Der enter(int tag) throws FormatException {
      if (!isNext(tag) || end - at < 2) {
        throw broken();
      }
      int length = bytes[at + 1] & 0xff;
      int content = at + 2;
      if (length > 0x7f) {
        int count = length & 0x7f;
        if (count < 1 || count > 2 || end - content < count) {
          throw broken();
        }
        length = 0;
        for (int i = 0; i < count; i++) {
          length = (length << 8) | (bytes[content++] & 0xff);
        }
      }
      if (end - content < length) {
        throw broken();
      }
      at = content + length;
      return new Der(bytes, content, at);
    }

    void require(byte[] content) throws FormatException {
      if (!Arrays.equals(bytes, at, end, content, 0, content.length)) {
        throw new FormatException("private key is of another algorithm");
      }
    }

    int lastFour() throws FormatException {
      if (length() < SCALAR_BYTES) {
        throw new FormatException("private key is too short");
      }
      return lastFourOf(this);
    }

    static int lastFourOf(Der part) {
      int value = 0;
      for (int i = Math.max(part.at, part.end - 4); i < part.end; i++) {
        value = (value << 8) | (part.bytes[i] & 0xff);
      }
      return value;
    }

    byte[] sha512() {
      try {
        MessageDigest digest = MessageDigest.getInstance("SHA-512");
        digest.update(bytes, at, length());
        return digest.digest();
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("every Java platform has SHA-512", e);
      }
    }

    private static FormatException broken() {
      return new FormatException("not a private key in PKCS#8");
    }
  }
}
