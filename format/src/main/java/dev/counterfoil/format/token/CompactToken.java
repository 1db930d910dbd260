package dev.counterfoil.format.token;

import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keys.JwsAlgorithm;
import dev.counterfoil.format.tree.Leaf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A compact JWS (RFC 7515 7.1) taken apart, not verified. The header has {@code alg}, {@code kid}
 * and {@code typ} and nothing else: no {@code crit}, no {@code b64}, no key or URL of a key inside
 * the token.
 */
public final class CompactToken {
  /** Longest token accepted, in characters. */
  public static final int LENGTH_MAX = 16 * 1024;

  /**
   * Most claims of a token, and members and elements in them, so that what is made up costs no more
   * than what was issued.
   */
  public static final int VALUES_MAX = 256;

  /** The same of a token that another issuer composed: those may list a person's groups. */
  public static final int FOREIGN_VALUES_MAX = 4_096;

  /** Most members and elements of a header, whatever it is refused for. */
  private static final int HEADER_VALUES_MAX = 16;

  /** The type of a token that says none (RFC 7519 5.1). */
  public static final String UNTYPED = "JWT";

  private static final int SIGNATURE_BYTES_MAX = 4096;

  /** Longest header that a {@link Reader} remembers, in characters. */
  private static final int REMEMBERED_MAX = 512;

  private final Header header;
  private final JsonObject claims;
  private final String text;
  private final int inputLength;
  private final byte[] signature;
  private final Hash digest;

  /**
   * What a header says.
   *
   * @param text as it stands in the token
   */
  private record Header(String text, String algorithm, String kid, String type) {}

  private CompactToken(
      Header header,
      JsonObject claims,
      String text,
      int inputLength,
      byte[] signature,
      @Nullable Hash digest) {
    this.header = header;
    this.claims = claims;
    this.text = text;
    this.inputLength = inputLength;
    this.signature = signature;
    this.digest = digest == null ? Hash.sha256(signingInput()) : digest;
  }

  /** The {@code alg}. */
  public String algorithm() {
    return header.algorithm;
  }

  /** The {@code kid}. */
  public String kid() {
    return header.kid;
  }

  /** The {@code typ}. */
  public String type() {
    return header.type;
  }

  /** What the token says. */
  public JsonObject claims() {
    return claims;
  }

  /** {@code header.payload} in ASCII, in a new array. */
  public byte[] signingInput() {
    return text.substring(0, inputLength).getBytes(StandardCharsets.US_ASCII);
  }

  /** The signature's bytes; the array itself, which nobody changes. */
  public byte[] signature() {
    return signature;
  }

  /**
   * Takes tokens apart, one after another. All tokens of a key have the same header, letter for
   * letter, so that the last one is not read again. Safe for concurrent use.
   */
  public static final class Reader {
    private volatile @Nullable Header last;

    /** Takes a token apart, as {@link CompactToken#parse} does. */
    public CompactToken parse(String token) throws FormatException {
      return CompactToken.parse(token, this::header, VALUES_MAX, null);
    }

    /** The same of a token whose signing input is hashed already. */
    public CompactToken parse(TokenHashing.Hashed hashed) throws FormatException {
      return CompactToken.parse(hashed.text(), this::header, VALUES_MAX, hashed.digest());
    }

    /** The {@code kid} of a token whose header is the last one that was read; null of others. */
    public @Nullable String knownKid(String token) {
      Header remembered = remembered(token, token.indexOf('.'));
      return remembered == null ? null : remembered.kid;
    }

    private @Nullable Header remembered(String token, int length) {
      Header remembered = last;
      return remembered != null
              && remembered.text.length() == length
              && token.startsWith(remembered.text)
          ? remembered
          : null;
    }

    private Header header(String token, int length) throws FormatException {
      Header remembered = remembered(token, length);
      if (remembered != null) {
        return remembered;
      }
      String text = token.substring(0, length);
      Header read = CompactToken.header(text);
      if (text.length() <= REMEMBERED_MAX) {
        last = read;
      }
      return read;
    }
  }

  @FunctionalInterface
  private interface HeaderReading {
    /** Reads the header that a token begins with. */
    Header read(String token, int length) throws FormatException;
  }

  /** Takes a token apart. */
  public static CompactToken parse(String token) throws FormatException {
    return parse(token, (text, length) -> header(text.substring(0, length)), VALUES_MAX, null);
  }

  /**
   * The same of a token that another issuer composed. It may leave the type out, which is then
   * {@value #UNTYPED}, and may name a certificate of the key by its thumbprint: that is read over,
   * since the key is found by its {@code kid} and by nothing else.
   */
  public static CompactToken parseForeign(String token) throws FormatException {
    return parse(
        token,
        (text, length) -> foreignHeader(text.substring(0, length)),
        FOREIGN_VALUES_MAX,
        null);
  }

  private static Header header(String text) throws FormatException {
    JsonObject header = StrictJson.object(Base64Url.decode(text), LENGTH_MAX, HEADER_VALUES_MAX);
    header.allowOnly("alg", "kid", "typ");
    return new Header(text, header.string("alg"), header.string("kid"), header.string("typ"));
  }

  private static Header foreignHeader(String text) throws FormatException {
    JsonObject header = StrictJson.object(Base64Url.decode(text), LENGTH_MAX, HEADER_VALUES_MAX);
    header.allowOnly("alg", "kid", "typ", "x5t", "x5t#S256");
    return new Header(
        text,
        nameOfKeys(header.string("alg")),
        header.string("kid"),
        header.optionalString("typ").orElse(UNTYPED));
  }

  /** Of two names of one algorithm (RFC 9864 2.2) the one that keys are stated with. */
  private static String nameOfKeys(String algorithm) {
    return algorithm.equals(JwsAlgorithm.ED25519.jose()) ? JwsAlgorithm.EDDSA.jose() : algorithm;
  }

  private static CompactToken parse(
      String token, HeaderReading headers, int valuesMax, @Nullable Hash digest)
      throws FormatException {
    if (token.length() > LENGTH_MAX) {
      throw new FormatException("token is longer than " + LENGTH_MAX + " characters");
    }
    int first = token.indexOf('.');
    int second = token.indexOf('.', first + 1);
    if (first < 1 || second < 0 || token.indexOf('.', second + 1) >= 0) {
      throw new FormatException("token is not header.payload.signature");
    }
    Header header = headers.read(token, first);
    JsonObject claims =
        StrictJson.object(
            Base64Url.decode(token.substring(first + 1, second)), LENGTH_MAX, valuesMax);
    byte[] signature = Base64Url.decode(token.substring(second + 1));
    if (signature.length > SIGNATURE_BYTES_MAX) {
      throw new FormatException("signature is too long");
    }
    return new CompactToken(header, claims, token, second, signature, digest);
  }

  /** The leaf under which the token must be recorded. */
  public Leaf leaf() {
    return new Leaf(digest);
  }

  /** SHA-256 of the signing input. */
  public Hash digest() {
    return digest;
  }

  /** Names the key and type, never the token. */
  @Override
  public String toString() {
    return "CompactToken[kid=" + kid() + ", type=" + type() + "]";
  }
}
