package dev.counterfoil.format;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECFieldFp;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.util.Arrays;

/**
 * A public key as a JWK (RFC 7517), of the two kinds that statements name: EC on P-256 (ES256) and
 * OKP Ed25519 (EdDSA).
 *
 * @param algorithm what it verifies
 * @param x the x coordinate, or the Ed25519 public key
 * @param y the y coordinate; equal to x for Ed25519, which has none
 */
public record PublicJwk(Algorithm algorithm, Hash x, Hash y) {
  /** Signature algorithms by their JOSE names (RFC 7518 3.1, RFC 8037 3.1). */
  public enum Algorithm {
    ES256("ES256"),
    EDDSA("EdDSA");

    private final String jose;

    Algorithm(String jose) {
      this.jose = jose;
    }

    /** The name in an {@code alg} member. */
    public String jose() {
      return jose;
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

  public PublicJwk {
    if (algorithm == Algorithm.ES256 && !isOnCurve(x, y)) {
      throw new IllegalArgumentException("point is not on P-256");
    }
  }

  /** An Ed25519 key. */
  public static PublicJwk ed25519(Hash publicKey) {
    return new PublicJwk(Algorithm.EDDSA, publicKey, publicKey);
  }

  /** Takes the coordinates of a P-256 key. */
  public static PublicJwk es256(ECPublicKey key) {
    return new PublicJwk(
        Algorithm.ES256, coordinate(key.getW().getAffineX()), coordinate(key.getW().getAffineY()));
  }

  private static Hash coordinate(BigInteger value) {
    return Hash.of(coordinateBytes(value));
  }

  /**
   * A coordinate or scalar of P-256 as the 32 big-endian bytes that JWKs write (RFC 7518 6.2.1.2).
   */
  public static byte[] coordinateBytes(BigInteger value) {
    byte[] bytes = value.toByteArray();
    byte[] fixed = new byte[Hash.BYTES];
    int length = Math.min(bytes.length, Hash.BYTES);
    System.arraycopy(bytes, bytes.length - length, fixed, Hash.BYTES - length, length);
    return fixed;
  }

  private static boolean isOnCurve(Hash x, Hash y) {
    ECParameterSpec p256 = p256();
    BigInteger prime = ((ECFieldFp) p256.getCurve().getField()).getP();
    BigInteger px = new BigInteger(1, x.bytes());
    BigInteger py = new BigInteger(1, y.bytes());
    BigInteger right =
        px.multiply(px).add(p256.getCurve().getA()).multiply(px).add(p256.getCurve().getB());
    return px.compareTo(prime) < 0
        && py.compareTo(prime) < 0
        && py.multiply(py).subtract(right).mod(prime).signum() == 0;
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

  /** Reads a JWK and refuses one that carries anything private. */
  public static PublicJwk parse(JsonObject jwk) throws FormatException {
    if (jwk.has("d") || jwk.has("k")) {
      throw new FormatException("JWK holds a private key");
    }
    String type = jwk.string("kty");
    String curve = jwk.string("crv");
    try {
      if (type.equals("EC") && curve.equals("P-256")) {
        return new PublicJwk(
            Algorithm.ES256,
            Hash.parseBase64Url(jwk.string("x")),
            Hash.parseBase64Url(jwk.string("y")));
      }
    } catch (IllegalArgumentException e) {
      throw new FormatException("JWK's point is not on its curve", e);
    }
    if (type.equals("OKP") && curve.equals("Ed25519")) {
      return ed25519(Hash.parseBase64Url(jwk.string("x")));
    }
    throw new FormatException("JWK's kind of key is not supported");
  }

  /** The required members, sorted: what the thumbprint is taken of (RFC 7638 3.2, RFC 8037 2). */
  public JsonObject toJson() {
    JsonObject.Builder jwk = JsonObject.builder();
    if (algorithm == Algorithm.ES256) {
      jwk.put("crv", "P-256").put("kty", "EC");
      jwk.put("x", x.base64Url()).put("y", y.base64Url());
    } else {
      jwk.put("crv", "Ed25519").put("kty", "OKP").put("x", x.base64Url());
    }
    return jwk.build();
  }

  /** The RFC 7638 thumbprint, which is the key's {@code kid}. */
  public String thumbprint() {
    return Hash.sha256(toJson().toString().getBytes(StandardCharsets.UTF_8)).base64Url();
  }

  /** The key for {@link java.security.Signature}. */
  public PublicKey javaKey() throws GeneralSecurityException {
    if (algorithm == Algorithm.EDDSA) {
      return new NoteKey("key", x).javaKey();
    }
    ECPoint point = new ECPoint(new BigInteger(1, x.bytes()), new BigInteger(1, y.bytes()));
    return KeyFactory.getInstance("EC").generatePublic(new ECPublicKeySpec(point, p256()));
  }

  /** The 32 bytes of an Ed25519 key. */
  public byte[] ed25519Bytes() {
    if (algorithm != Algorithm.EDDSA) {
      throw new IllegalStateException("not an Ed25519 key");
    }
    return Arrays.copyOf(x.bytes(), Hash.BYTES);
  }
}
