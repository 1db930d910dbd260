package dev.counterfoil.format.bytes;

import dev.counterfoil.format.SeededRandom;
import dev.counterfoil.format.keylog.KeyLogCases;
import dev.counterfoil.format.keylog.KeyLogEntry;
import dev.counterfoil.format.keylog.KeyLogEvent;
import dev.counterfoil.format.keylog.Samples;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.note.SignedStatement;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.spec.NamedParameterSpec;
import java.util.ArrayList;
import java.util.List;

/** Of {@link KeyLogCases} the keys of each algorithm, and keys that none may have. */
public final class KeyLogAlgorithmCases {
  private final Samples samples;
  private final List<KeyLogCases.Case> cases = new ArrayList<>();

  public KeyLogAlgorithmCases(Samples samples) {
    this.samples = samples;
  }

  public List<KeyLogCases.Case> make() throws GeneralSecurityException, FormatException {
    for (PublicJwk.Algorithm algorithm : PublicJwk.Algorithm.values()) {
      String name = algorithm.jose().toLowerCase(java.util.Locale.ROOT);
      PublicJwk key = key(algorithm);
      add("key-" + name, "a key of " + algorithm.jose(), KeyLogCases.TAKEN, stated(key));
      add(
          "key-" + name + "-says-another",
          "the statement names another algorithm than its key's",
          "kid or alg does not fit the key",
          changed(
              key,
              "\"alg\":\"" + algorithm.jose() + "\",\"assurance",
              "\"alg\":\"ES384\",\"assurance"));
      add(
          "key-" + name + "-private",
          "the statement shows a private half",
          "JWK holds a private key",
          changed(key, "\"kty\":", "\"" + privateMember(algorithm) + "\":\"AAAA\",\"kty\":"));
      add(
          "key-" + name + "-member",
          "the key has a member that is not part of what it is",
          "JWK of a statement has other members than its key's",
          changed(key, "\"kty\":", "\"ext\":true,\"kty\":"));
    }
    add(
        "key-rs256-1024-bits",
        "an RSA key that is too short",
        "JWK's key is not one: an RSA modulus is an odd number of 2048 to 4096 bits",
        rsa(new BigInteger(1024, new SeededRandom("modulus")).setBit(1023).setBit(0)));
    add(
        "key-rs256-8192-bits",
        "an RSA key that costs every verifier more",
        "JWK's RSA modulus is too long",
        rsa(new BigInteger(8192, new SeededRandom("modulus")).setBit(8191).setBit(0)));
    PublicJwk.Es256 curve = (PublicJwk.Es256) key(PublicJwk.Algorithm.ES256);
    add(
        "key-es256-off-curve",
        "an EC key whose point is not on P-256 (RFC 8725 3.4)",
        "JWK's key is not one: point is not on P-256",
        changed(curve, curve.y().base64Url(), curve.x().base64Url()));
    PublicJwk rsa = key(PublicJwk.Algorithm.RS256);
    add(
        "key-rs256-exponent-3",
        "an RSA key with another exponent",
        "JWK's RSA exponent is not 65537",
        changed(rsa, "\"e\":\"AQAB\"", "\"e\":\"Aw\""));
    PublicJwk lattice = key(PublicJwk.Algorithm.ML_DSA_44);
    add(
        "key-ml-dsa-44-short",
        "an ML-DSA-44 key with bytes missing",
        "JWK's key is not one: an ML-DSA-44 key has 1312 bytes",
        changed(lattice, "\"pub\":\"" + start(lattice), "\"pub\":\""));
    return cases;
  }

  private static String start(PublicJwk key) {
    return ((PublicJwk.MlDsa44) key).pub().substring(0, 4);
  }

  private static String privateMember(PublicJwk.Algorithm algorithm) {
    return switch (algorithm) {
      case ES256, EDDSA -> "d";
      case RS256 -> "qi";
      case ML_DSA_44 -> "priv";
    };
  }

  private static PublicJwk key(PublicJwk.Algorithm algorithm) throws GeneralSecurityException {
    if (algorithm == PublicJwk.Algorithm.ES256) {
      return Samples.es256("ES256");
    }
    SeededRandom random = new SeededRandom(algorithm.jose());
    KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm.javaKey());
    if (algorithm == PublicJwk.Algorithm.RS256) {
      generator.initialize(PublicJwk.Rs256.BITS_MIN, random);
    } else {
      generator.initialize(new NamedParameterSpec(algorithm.javaKey()), random);
    }
    return PublicJwk.of(algorithm, generator.generateKeyPair().getPublic());
  }

  private void add(String name, String comment, String expect, byte[] last)
      throws GeneralSecurityException {
    List<byte[]> entries = new ArrayList<>(samples.keyLog());
    entries.add(last);
    cases.add(new KeyLogCases.Case(name, comment, expect, entries));
  }

  /** The entry that states a key as the sample's is stated. */
  private byte[] stated(PublicJwk key) throws GeneralSecurityException, FormatException {
    return signed(statedText(key));
  }

  private byte[] changed(PublicJwk key, String part, String other)
      throws GeneralSecurityException, FormatException {
    String text = statedText(key);
    if (!text.contains(part)) {
      throw new IllegalArgumentException("the statement has no " + part);
    }
    return signed(text.replace(part, other));
  }

  private byte[] rsa(BigInteger modulus) throws GeneralSecurityException, FormatException {
    byte[] bytes = modulus.toByteArray();
    String n = Base64Url.encode(java.util.Arrays.copyOfRange(bytes, 1, bytes.length));
    PublicJwk.Rs256 good = (PublicJwk.Rs256) key(PublicJwk.Algorithm.RS256);
    return changed(good, String.valueOf(good.toJson().get("n")), n);
  }

  private String statedText(PublicJwk key) throws GeneralSecurityException, FormatException {
    PublicJwk sample = samples.tokenKey;
    String jws =
        new String(
            samples.signed(new KeyLogEvent.KeyStated(samples.statement()), 4),
            StandardCharsets.US_ASCII);
    return SignedStatement.unverified(jws)
        .canonical()
        .replace(sample.toJson().canonical(), key.toJson().canonical())
        .replace(sample.thumbprint(), key.thumbprint())
        .replace(
            "\"alg\":\"ES256\",\"assurance",
            "\"alg\":\"" + key.algorithm().jose() + "\",\"assurance");
  }

  private byte[] signed(String text) throws GeneralSecurityException, FormatException {
    JsonObject json =
        StrictJson.object(text.getBytes(StandardCharsets.UTF_8), KeyLogEntry.BYTES_MAX);
    return SignedStatement.sign(KeyLogEntry.TYPE, json, samples.registrar)
        .getBytes(StandardCharsets.US_ASCII);
  }
}
