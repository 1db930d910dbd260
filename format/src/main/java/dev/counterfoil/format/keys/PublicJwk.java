package dev.counterfoil.format.keys;

import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.weakkeys.FactoredRsa;
import dev.counterfoil.format.weakkeys.GuessableKeys;
import dev.counterfoil.format.weakkeys.WeakMlDsa44;
import dev.counterfoil.format.weakkeys.WeakRsa;
import dev.counterfoil.format.weakkeys.WellKnownKeys;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECFieldFp;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.KeySpec;
import java.security.spec.RSAPublicKeySpec;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** A public key as a JWK (RFC 7517), one kind for each algorithm that tokens are signed with. */
public sealed interface PublicJwk {
  /** Signature algorithms by their JOSE names. */
  enum Algorithm {
    /** ECDSA on P-256 with SHA-256 (RFC 7518 3.4). */
    ES256("ES256", "EC", "SHA256withECDSAinP1363Format"),
    /** RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 3.3). */
    RS256("RS256", "RSA", "SHA256withRSA"),
    /** Ed25519 (RFC 8037 3.1). */
    EDDSA("EdDSA", "Ed25519", "Ed25519"),
    /** ML-DSA-44 with an empty context (RFC 9964, FIPS 204); Java has it from version 24 on. */
    ML_DSA_44("ML-DSA-44", "ML-DSA-44", "ML-DSA");

    private final String jose;
    private final String javaKey;
    private final String javaSignature;

    Algorithm(String jose, String javaKey, String javaSignature) {
      this.jose = jose;
      this.javaKey = javaKey;
      this.javaSignature = javaSignature;
    }

    /** The name in an {@code alg} member. */
    public String jose() {
      return jose;
    }

    /** The name of its keys for {@link KeyFactory}. */
    public String javaKey() {
      return javaKey;
    }

    /**
     * The name for {@link java.security.Signature}, whose signatures are those of JWS (RFC 7515).
     */
    public String javaSignature() {
      return javaSignature;
    }

    /** The algorithm of an {@code alg} member. */
    public static Algorithm ofJose(String name) throws FormatException {
      for (Algorithm algorithm : values()) {
        if (algorithm.jose.equals(name)) {
          return algorithm;
        }
      }
      throw new FormatException("algorithm is not supported");
    }
  }

  /** Said of a key whose private half is published, or guessed at once. */
  String WELL_KNOWN =
      "anybody can sign under it, since everybody knows its private half: it is an example, or"
          + " guessed at once";

  /** What it verifies. */
  Algorithm algorithm();

  /** Length of its signatures in bytes. */
  int signatureBytes();

  /**
   * The required members, sorted: what the thumbprint is taken of (RFC 7638 3.2, RFC 8037 2, RFC
   * 9964 6).
   */
  JsonObject toJson();

  /** What {@link KeyFactory} makes the key of, in any provider. */
  KeySpec keySpec();

  /** The RFC 7638 thumbprint, which is the key's {@code kid}. */
  default String thumbprint() {
    return Hash.sha256(toJson().toString().getBytes(StandardCharsets.UTF_8)).base64Url();
  }

  /**
   * The key for {@link java.security.Signature}, by the platform's own provider.
   *
   * @throws java.security.NoSuchAlgorithmException when this Java runtime lacks the algorithm
   */
  default PublicKey javaKey() throws GeneralSecurityException {
    return KeyFactory.getInstance(algorithm().javaKey()).generatePublic(keySpec());
  }

  /**
   * EC on P-256.
   *
   * @param x coordinate
   * @param y coordinate
   */
  record Es256(Hash x, Hash y) implements PublicJwk {
    private static final int SIGNATURE_BYTES = 64;
    private static final ECParameterSpec P256 = p256();
    private static final BigInteger PRIME = ((ECFieldFp) P256.getCurve().getField()).getP();

    /**
     * Checks that the point is on the curve (RFC 8725 3.4).
     *
     * @throws IllegalArgumentException when it is not
     */
    public Es256 {
      if (!isOnCurve(x, y)) {
        throw new IllegalArgumentException("point is not on P-256");
      }
    }

    private static boolean isOnCurve(Hash x, Hash y) {
      BigInteger px = new BigInteger(1, x.bytes());
      BigInteger py = new BigInteger(1, y.bytes());
      BigInteger right =
          px.multiply(px).add(P256.getCurve().getA()).multiply(px).add(P256.getCurve().getB());
      return px.compareTo(PRIME) < 0
          && py.compareTo(PRIME) < 0
          && py.multiply(py).subtract(right).mod(PRIME).signum() == 0;
    }

    private static ECParameterSpec p256() {
      try {
        AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
        parameters.init(new ECGenParameterSpec("secp256r1"));
        return parameters.getParameterSpec(ECParameterSpec.class);
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("every Java platform has P-256", e);
      }
    }

    @Override
    public Algorithm algorithm() {
      return Algorithm.ES256;
    }

    @Override
    public int signatureBytes() {
      return SIGNATURE_BYTES;
    }

    @Override
    public JsonObject toJson() {
      return JsonObject.builder()
          .put("crv", "P-256")
          .put("kty", "EC")
          .put("x", x.base64Url())
          .put("y", y.base64Url())
          .build();
    }

    @Override
    public KeySpec keySpec() {
      ECPoint point = new ECPoint(new BigInteger(1, x.bytes()), new BigInteger(1, y.bytes()));
      return new ECPublicKeySpec(point, P256);
    }
  }

  /**
   * RSA with the public exponent 65537.
   *
   * @param modulus odd, of {@value #BITS_MIN} to {@value #BITS_MAX} bits
   */
  record Rs256(BigInteger modulus) implements PublicJwk {
    /** Shortest modulus in bits (RFC 7518 3.3). */
    public static final int BITS_MIN = 2048;

    /** Longest modulus in bits: a longer one costs every verifier more and us nothing. */
    public static final int BITS_MAX = 4096;

    private static final BigInteger EXPONENT = BigInteger.valueOf(65537);
    private static final String EXPONENT_TEXT = "AQAB";

    /**
     * Checks the modulus.
     *
     * @throws IllegalArgumentException when its length is out of bounds, it is even, or it can be
     *     factored
     */
    public Rs256 {
      int bits = modulus.bitLength();
      if (bits < BITS_MIN || bits > BITS_MAX || modulus.signum() < 0 || !modulus.testBit(0)) {
        throw new IllegalArgumentException(
            "an RSA modulus is an odd number of " + BITS_MIN + " to " + BITS_MAX + " bits");
      }
      WeakRsa.fault(modulus)
          .ifPresent(
              fault -> {
                throw new IllegalArgumentException(
                    "anybody can compute its private half, since its modulus " + fault.words());
              });
    }

    private static Rs256 parse(JsonObject jwk) throws FormatException {
      // AQAB is how RFC 7518 6.3.1.2 writes 65537: other exponents are refused, however spelt.
      if (!jwk.string("e").equals(EXPONENT_TEXT)) {
        throw new FormatException("JWK's RSA exponent is not 65537");
      }
      String text = jwk.string("n");
      if (text.length() > (BITS_MAX / 8 + 2) / 3 * 4) {
        throw new FormatException("JWK's RSA modulus is too long");
      }
      byte[] bytes = Base64Url.decode(text);
      if (bytes.length == 0 || bytes[0] == 0) {
        throw new FormatException("JWK's RSA modulus is not in its shortest form");
      }
      return new Rs256(new BigInteger(1, bytes));
    }

    @Override
    public Algorithm algorithm() {
      return Algorithm.RS256;
    }

    @Override
    public int signatureBytes() {
      return (modulus.bitLength() + 7) / 8;
    }

    @Override
    public JsonObject toJson() {
      byte[] bytes = modulus.toByteArray();
      int sign = bytes[0] == 0 ? 1 : 0;
      return JsonObject.builder()
          .put("e", EXPONENT_TEXT)
          .put("kty", "RSA")
          .put("n", Base64Url.encode(Arrays.copyOfRange(bytes, sign, bytes.length)))
          .build();
    }

    @Override
    public KeySpec keySpec() {
      return new RSAPublicKeySpec(modulus, EXPONENT);
    }
  }

  /**
   * OKP Ed25519.
   *
   * @param x the public key of RFC 8032
   */
  record Ed25519(Hash x) implements PublicJwk {
    /**
     * Checks that somebody can own the key.
     *
     * @throws IllegalArgumentException when anybody can sign under it
     */
    public Ed25519 {
      RawKey.ED25519.require(x.bytes());
    }

    @Override
    public Algorithm algorithm() {
      return Algorithm.EDDSA;
    }

    @Override
    public int signatureBytes() {
      return RawKey.ED25519.signatureBytes();
    }

    @Override
    public JsonObject toJson() {
      return JsonObject.builder()
          .put("crv", "Ed25519")
          .put("kty", "OKP")
          .put("x", x.base64Url())
          .build();
    }

    @Override
    public KeySpec keySpec() {
      return RawKey.ED25519.spec(x.bytes());
    }
  }

  /**
   * AKP ML-DSA-44 (RFC 9964).
   *
   * @param pub the public key of FIPS 204, {@value #KEY_BYTES} bytes in base64url
   */
  record MlDsa44(String pub) implements PublicJwk {
    /** Length of a public key. */
    public static final int KEY_BYTES = WeakMlDsa44.KEY_BYTES;

    /**
     * Checks the key's length, and that somebody can own it.
     *
     * @throws IllegalArgumentException when it has another length, the text is no base64url, or
     *     anybody can sign under it
     */
    public MlDsa44 {
      RawKey.ML_DSA_44.require(bytes(pub));
    }

    private static byte[] bytes(String pub) {
      try {
        byte[] bytes =
            pub.length() == (KEY_BYTES * 4 + 2) / 3 ? Base64Url.decode(pub) : new byte[0];
        if (bytes.length == KEY_BYTES) {
          return bytes;
        }
      } catch (FormatException e) {
        throw new IllegalArgumentException("not base64url", e);
      }
      throw new IllegalArgumentException("an ML-DSA-44 key has " + KEY_BYTES + " bytes");
    }

    @Override
    public Algorithm algorithm() {
      return Algorithm.ML_DSA_44;
    }

    @Override
    public int signatureBytes() {
      return RawKey.ML_DSA_44.signatureBytes();
    }

    @Override
    public JsonObject toJson() {
      return JsonObject.builder()
          .put("alg", Algorithm.ML_DSA_44.jose())
          .put("kty", "AKP")
          .put("pub", pub)
          .build();
    }

    @Override
    public KeySpec keySpec() {
      return RawKey.ML_DSA_44.spec(bytes(pub));
    }
  }

  /** An Ed25519 key. */
  static Ed25519 ed25519(Hash publicKey) {
    return new Ed25519(publicKey);
  }

  /** Takes the coordinates of a P-256 key. */
  static Es256 es256(ECPublicKey key) {
    return new Es256(
        Hash.of(coordinateBytes(key.getW().getAffineX())),
        Hash.of(coordinateBytes(key.getW().getAffineY())));
  }

  /**
   * Takes a Java public key of any of the algorithms.
   *
   * @throws IllegalArgumentException when it is of another algorithm, curve, exponent or length
   */
  static PublicJwk of(Algorithm algorithm, PublicKey key) {
    return switch (algorithm) {
      case ES256 -> es256((ECPublicKey) key);
      case RS256 -> {
        RSAPublicKey rsa = (RSAPublicKey) key;
        if (!rsa.getPublicExponent().equals(Rs256.EXPONENT)) {
          throw new IllegalArgumentException("an RSA key's public exponent is 65537");
        }
        yield new Rs256(rsa.getModulus());
      }
      case EDDSA -> new Ed25519(Hash.of(RawKey.ED25519.of(key)));
      case ML_DSA_44 -> new MlDsa44(Base64Url.encode(RawKey.ML_DSA_44.of(key)));
    };
  }

  /**
   * A coordinate or scalar of P-256 as the 32 big-endian bytes that JWKs write (RFC 7518 6.2.1.2).
   */
  static byte[] coordinateBytes(BigInteger value) {
    byte[] bytes = value.toByteArray();
    byte[] fixed = new byte[Hash.BYTES];
    int length = Math.min(bytes.length, Hash.BYTES);
    System.arraycopy(bytes, bytes.length - length, fixed, Hash.BYTES - length, length);
    return fixed;
  }

  /**
   * Everything that a JWK says of a private or symmetric key (RFC 7518 6, RFC 8037 2, RFC 9964).
   */
  List<String> PRIVATE_MEMBERS = List.of("d", "k", "p", "q", "dp", "dq", "qi", "oth", "priv");

  /**
   * Reads a JWK whose owner is trusted with it from now on: a key whose private half everybody
   * knows is refused.
   */
  static PublicJwk parse(JsonObject jwk) throws FormatException {
    PublicJwk key = read(jwk);
    key.requireSecretHalf();
    return key;
  }

  /** Refuses a key whose private half everybody knows. */
  default void requireSecretHalf() throws FormatException {
    boolean isWellKnown;
    if (this instanceof Es256 es256) {
      isWellKnown = WellKnownKeys.hasP256(new BigInteger(1, es256.x().bytes()));
    } else if (this instanceof Rs256 rs256) {
      isWellKnown = WellKnownKeys.hasRsa(rs256.modulus());
    } else if (this instanceof Ed25519 ed25519) {
      isWellKnown = RawKey.ED25519.isWellKnown(ed25519.x().bytes());
    } else {
      isWellKnown = RawKey.ML_DSA_44.isWellKnown(MlDsa44.bytes(((MlDsa44) this).pub()));
    }
    if (isWellKnown) {
      throw new FormatException("JWK is refused: " + WELL_KNOWN);
    }
  }

  /**
   * Refuses a key whose private half an attacker guesses or computes in a second. The check takes
   * about as long, so it is made when a key is registered, beside {@link #requireSecretHalf}.
   */
  default void requireUnguessable() throws FormatException {
    Optional<String> fault = Optional.empty();
    if (this instanceof Es256 es256) {
      BigInteger y = new BigInteger(1, es256.y().bytes());
      if (GuessableKeys.hasP256(new BigInteger(1, es256.x().bytes()), y)) {
        fault = Optional.of("its private half is easily guessed");
      }
    } else if (this instanceof Rs256 rs256) {
      fault = FactoredRsa.fault(rs256.modulus()).map(one -> "its modulus " + one.words());
    } else if (this instanceof Ed25519 ed25519 && GuessableKeys.hasEd25519(ed25519.x().bytes())) {
      fault = Optional.of("its seed is easily guessed");
    }
    if (fault.isPresent()) {
      throw new FormatException("JWK is refused: anybody can sign under it, since " + fault.get());
    }
  }

  /**
   * Reads a JWK, also one whose private half everybody knows. One that carries anything private is
   * refused, and so is one whose {@code alg}, {@code use} or {@code key_ops} say that it is for
   * something else; further members, such as {@code kid}, are of no consequence here.
   */
  static PublicJwk read(JsonObject jwk) throws FormatException {
    for (String member : PRIVATE_MEMBERS) {
      if (jwk.has(member)) {
        throw new FormatException("JWK holds a private key");
      }
    }
    PublicJwk key = parseMaterial(jwk);
    if (!jwk.optionalString("alg").orElse(key.algorithm().jose()).equals(key.algorithm().jose())
        || !jwk.optionalString("use").orElse("sig").equals("sig")
        || (jwk.has("key_ops") && !jwk.strings("key_ops").equals(List.of("verify")))) {
      throw new FormatException("JWK is for another use or algorithm");
    }
    return key;
  }

  private static PublicJwk parseMaterial(JsonObject jwk) throws FormatException {
    String type = jwk.string("kty");
    try {
      if (type.equals("EC") && jwk.string("crv").equals("P-256")) {
        return new Es256(
            Hash.parseBase64Url(jwk.string("x")), Hash.parseBase64Url(jwk.string("y")));
      }
      if (type.equals("RSA")) {
        return Rs256.parse(jwk);
      }
      if (type.equals("OKP") && jwk.string("crv").equals("Ed25519")) {
        return ed25519(Hash.parseBase64Url(jwk.string("x")));
      }
      // Of this type the algorithm is a required member: it is part of what the key is.
      if (type.equals("AKP") && jwk.string("alg").equals(Algorithm.ML_DSA_44.jose())) {
        return new MlDsa44(jwk.string("pub"));
      }
    } catch (IllegalArgumentException e) {
      throw new FormatException("JWK's key is not one: " + e.getMessage(), e);
    }
    throw new FormatException("JWK's kind of key is not supported");
  }
}
