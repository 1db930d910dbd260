package dev.counterfoil.assess;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.util.Base64URL;
import dev.counterfoil.assess.fetch.Json;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPrivateKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.util.Arrays;
import java.util.Base64;
import tools.jackson.databind.node.ObjectNode;

/** A signing key for tests: its JWK, and tokens signed with it. */
record TestKey(KeyPair pair, String algorithm, JWK jwk) {

  static TestKey ec() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      KeyPair pair = generator.generateKeyPair();
      JWK jwk =
          new ECKey.Builder(Curve.P_256, (ECPublicKey) pair.getPublic())
              .privateKey(pair.getPrivate())
              .keyUse(KeyUse.SIGNATURE)
              .build();
      return new TestKey(pair, "ES256", jwk);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  static TestKey rsa(int bits) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(bits);
      KeyPair pair = generator.generateKeyPair();
      JWK jwk =
          new RSAKey.Builder((RSAPublicKey) pair.getPublic())
              .privateKey((RSAPrivateKey) pair.getPrivate())
              .keyUse(KeyUse.SIGNATURE)
              .build();
      return new TestKey(pair, "RS256", jwk);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  static TestKey ed25519() {
    try {
      KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
      byte[] encoded = pair.getPublic().getEncoded();
      byte[] point = Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length);
      JWK jwk =
          new OctetKeyPair.Builder(Curve.Ed25519, Base64URL.encode(point))
              .keyUse(KeyUse.SIGNATURE)
              .build();
      return new TestKey(pair, "EdDSA", jwk);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  String thumbprint() {
    try {
      return jwk.computeThumbprint().toString();
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The public JWK with kid (the thumbprint), use and alg. */
  ObjectNode entry() {
    ObjectNode entry = json(jwk.toPublicJWK().toJSONString());
    return entry.put("kid", thumbprint()).put("alg", algorithm);
  }

  /** The JWK with its private members. */
  ObjectNode secretEntry() {
    return json(jwk.toJSONString()).put("kid", thumbprint()).put("alg", algorithm);
  }

  /** A compact JWS over the given header and claims. */
  String sign(ObjectNode header, ObjectNode claims) {
    String input = encode(header.toString()) + "." + encode(claims.toString());
    return input
        + "."
        + Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString(signature(pair.getPrivate(), input));
  }

  private byte[] signature(PrivateKey key, String input) {
    try {
      Signature signer =
          Signature.getInstance(
              switch (algorithm) {
                case "ES256" -> "SHA256withECDSAinP1363Format";
                case "RS256" -> "SHA256withRSA";
                default -> "EdDSA";
              });
      signer.initSign(key);
      signer.update(input.getBytes(StandardCharsets.US_ASCII));
      return signer.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  static String encode(String text) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  static ObjectNode json(String text) {
    return (ObjectNode) Json.MAPPER.readTree(text);
  }
}
