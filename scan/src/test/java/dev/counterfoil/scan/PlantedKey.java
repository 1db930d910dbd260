package dev.counterfoil.scan;

import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.KeyHint;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.scan.key.Curves;
import dev.counterfoil.scan.key.OwnKey;
import dev.counterfoil.scan.sweep.Bytes;
import java.math.BigInteger;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPrivateKey;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.spec.NamedParameterSpec;
import java.security.spec.RSAKeyGenParameterSpec;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** A key that a test hides, with all that the scanner may not have. */
final class PlantedKey {
  private final OwnKey own;
  private final Map<String, byte[]> secrets;
  private final byte[] pkcs8;
  private final String jwk;

  private PlantedKey(OwnKey own, Map<String, byte[]> secrets, byte[] pkcs8, String jwk) {
    this.own = own;
    this.secrets = secrets;
    this.pkcs8 = pkcs8;
    this.jwk = jwk;
  }

  /** What the scanner is given. */
  OwnKey own() {
    return own;
  }

  /**
   * Every number that is as good as the key, big-endian in full length, by the name that reports
   * use.
   */
  Map<String, byte[]> secrets() {
    return secrets;
  }

  /** One of them. */
  byte[] secret(String what) {
    return Objects.requireNonNull(secrets.get(what));
  }

  /** The private key. */
  byte[] pkcs8() {
    return pkcs8;
  }

  /** The private key as a JWK. */
  String jwk() {
    return jwk;
  }

  static PlantedKey es256() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(256);
    return es256(generator.generateKeyPair());
  }

  static PlantedKey es256(KeyPair pair) throws Exception {
    byte[] scalar = fixed(((ECPrivateKey) pair.getPrivate()).getS(), 32);
    ECPublicKey point = (ECPublicKey) pair.getPublic();
    JsonObject.Builder jwk =
        JsonObject.builder()
            .put("kty", "EC")
            .put("crv", "P-256")
            .put("x", Base64Url.encode(fixed(point.getW().getAffineX(), 32)))
            .put("y", Base64Url.encode(fixed(point.getW().getAffineY(), 32)));
    return of(jwk, "ES256", Map.of("es256-scalar", scalar), pair, scalar, "d");
  }

  static PlantedKey ed25519() throws Exception {
    KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    byte[] seed = ((EdECPrivateKey) pair.getPrivate()).getBytes().orElseThrow();
    byte[] spki = pair.getPublic().getEncoded();
    JsonObject.Builder jwk =
        JsonObject.builder()
            .put("kty", "OKP")
            .put("crv", "Ed25519")
            .put("x", Base64Url.encode(Arrays.copyOfRange(spki, spki.length - 32, spki.length)));
    Map<String, byte[]> secrets =
        Map.of(
            "ed25519-seed", seed, "ed25519-scalar", Curves.reversed(Curves.expand(seed.clone())));
    return of(jwk, "EdDSA", secrets, pair, seed, "d");
  }

  static PlantedKey rs256() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(new RSAKeyGenParameterSpec(2048, RSAKeyGenParameterSpec.F4));
    KeyPair pair = generator.generateKeyPair();
    RSAPrivateCrtKey key = (RSAPrivateCrtKey) pair.getPrivate();
    Map<String, byte[]> secrets = new LinkedHashMap<>();
    secrets.put("rsa-p", fixed(key.getPrimeP(), 128));
    secrets.put("rsa-q", fixed(key.getPrimeQ(), 128));
    secrets.put("rsa-d", fixed(key.getPrivateExponent(), 256));
    secrets.put("rsa-dp", fixed(key.getPrimeExponentP(), 128));
    secrets.put("rsa-dq", fixed(key.getPrimeExponentQ(), 128));
    JsonObject.Builder jwk =
        JsonObject.builder()
            .put("kty", "RSA")
            .put("n", Base64Url.encode(fixed(key.getModulus(), 256)))
            .put("e", "AQAB");
    return of(jwk, "RS256", secrets, pair, fixed(key.getPrivateExponent(), 256), "d");
  }

  /** The exponent modulo φ(n), where the JDK takes it modulo the least common multiple. */
  PlantedKey withOtherExponent() {
    BigInteger p = new BigInteger(1, secret("rsa-p"));
    BigInteger q = new BigInteger(1, secret("rsa-q"));
    BigInteger phi = p.subtract(BigInteger.ONE).multiply(q.subtract(BigInteger.ONE));
    Map<String, byte[]> other =
        Map.of("rsa-d", fixed(BigInteger.valueOf(65537).modInverse(phi), 256));
    return new PlantedKey(own, other, pkcs8, jwk);
  }

  static PlantedKey mlDsa44() throws Exception {
    byte[] seed = new byte[32];
    new SecureRandom().nextBytes(seed);
    KeyPairGenerator generator = KeyPairGenerator.getInstance("ML-DSA-44");
    // The JDK takes the seed as one array of random bytes.
    generator.initialize(NamedParameterSpec.ML_DSA_44, new Fixed(seed));
    KeyPair pair = generator.generateKeyPair();
    return mlDsa(pair, seed);
  }

  private static PlantedKey mlDsa(KeyPair pair, byte[] seed) throws Exception {
    byte[] spki = pair.getPublic().getEncoded();
    byte[] bytes = Arrays.copyOfRange(spki, spki.length - 1312, spki.length);
    JsonObject.Builder jwk =
        JsonObject.builder()
            .put("kty", "AKP")
            .put("alg", "ML-DSA-44")
            .put("pub", Base64Url.encode(bytes));
    OwnKey own =
        OwnKey.of(
            PublicJwk.parse(jwk.build()),
            Optional.of(
                new KeyHint(
                    "ML-DSA-44", Optional.of(Bytes.littleEndian(Curves.reversed(seed), 0)))));
    String secret = jwk.put("priv", Base64Url.encode(seed)).build().toString();
    return new PlantedKey(
        own, Map.of("ml-dsa-44-seed", seed), pair.getPrivate().getEncoded(), secret);
  }

  private static PlantedKey of(
      JsonObject.Builder jwk,
      String algorithm,
      Map<String, byte[]> secrets,
      KeyPair pair,
      byte[] inJwk,
      String member)
      throws Exception {
    byte[] pkcs8 = pair.getPrivate().getEncoded();
    OwnKey own = OwnKey.of(PublicJwk.parse(jwk.build()), Optional.of(KeyHint.of(pkcs8, algorithm)));
    return new PlantedKey(
        own, secrets, pkcs8, jwk.put(member, Base64Url.encode(inJwk)).build().toString());
  }

  static byte[] fixed(BigInteger value, int length) {
    byte[] bytes = value.toByteArray();
    byte[] fixed = new byte[length];
    int kept = Math.min(bytes.length, length);
    System.arraycopy(bytes, bytes.length - kept, fixed, length - kept, kept);
    return fixed;
  }

  String kid() {
    return own.kid();
  }

  @Override
  public String toString() {
    return own.publicKey().algorithm().jose();
  }

  /** Says the same bytes again and again. */
  private static final class Fixed extends SecureRandom {
    private static final long serialVersionUID = 1L;
    private final byte[] bytes;

    Fixed(byte[] bytes) {
      this.bytes = bytes.clone();
    }

    @Override
    public void nextBytes(byte[] into) {
      System.arraycopy(bytes, 0, into, 0, into.length);
    }
  }
}
