package dev.counterfoil.assess;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.util.Base64URL;
import dev.counterfoil.assess.fetch.AssessmentLimits;
import dev.counterfoil.assess.key.PublishedKey;
import dev.counterfoil.assess.token.ForeignSignatureCheck;
import dev.counterfoil.assess.token.ParsedToken;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every algorithm: an honest signature, an edited one, and a key of another kind. */
class ForeignSignatureCheckTest {

  @ParameterizedTest
  @CsvSource({
    "RS256, RSA, SHA256withRSA",
    "RS384, RSA, SHA384withRSA",
    "RS512, RSA, SHA512withRSA",
    "PS256, RSA, RSASSA-PSS",
    "PS384, RSA, RSASSA-PSS",
    "PS512, RSA, RSASSA-PSS",
    "ES256, secp256r1, SHA256withECDSAinP1363Format",
    "ES384, secp384r1, SHA384withECDSAinP1363Format",
    "ES512, secp521r1, SHA512withECDSAinP1363Format",
    "EdDSA, Ed25519, EdDSA",
    "Ed25519, Ed25519, EdDSA",
    "EdDSA, Ed448, EdDSA"
  })
  void honestSignaturesPassAndOthersDoNot(String algorithm, String kind, String jdkName)
      throws GeneralSecurityException {
    KeyPair pair = generate(kind);
    PublicKey published = published(pair, kind);
    String input = "e30.e30";
    byte[] signature = sign(pair, algorithm, jdkName, input);

    assertThat(ForeignSignatureCheck.verify(algorithm, published, token(input, signature)))
        .contains(true);
    assertThat(ForeignSignatureCheck.verify(algorithm, published, token("e30.e31", signature)))
        .contains(false);
    assertThat(
            ForeignSignatureCheck.verify(
                algorithm, published, token(input, Arrays.copyOf(signature, 10))))
        .contains(false);
    assertThat(
            ForeignSignatureCheck.verify(
                algorithm, published, token(input, new byte[signature.length])))
        .contains(false);
    PublicKey otherKind = generate(kind.equals("RSA") ? "secp256r1" : "RSA").getPublic();
    assertThat(ForeignSignatureCheck.verify(algorithm, otherKind, token(input, signature)))
        .isEmpty();
  }

  @Test
  void algorithmsThatAreNotSignaturesAreNotChecked() throws GeneralSecurityException {
    PublicKey key = generate("RSA").getPublic();
    for (String algorithm : new String[] {"", "R", "none", "HS256", "ES256K", "rs256"}) {
      assertThat(ForeignSignatureCheck.verify(algorithm, key, token("e30.e30", new byte[64])))
          .as(algorithm)
          .isEmpty();
    }
  }

  @Test
  void aCurveMustFitItsAlgorithm() throws GeneralSecurityException {
    KeyPair pair = generate("secp384r1");
    byte[] signature = sign(pair, "ES384", "SHA384withECDSAinP1363Format", "e30.e30");
    assertThat(ForeignSignatureCheck.verify("ES384", pair.getPublic(), token("e30.e30", signature)))
        .contains(true);
    assertThat(ForeignSignatureCheck.verify("ES256", pair.getPublic(), token("e30.e30", signature)))
        .isEqualTo(Optional.empty());
  }

  private static ParsedToken.Signed token(String input, byte[] signature) {
    return new ParsedToken.Signed(
        TestKey.json("{}"),
        TestKey.json("{}"),
        input,
        Base64.getUrlEncoder().withoutPadding().encodeToString(signature));
  }

  private static KeyPair generate(String kind) throws GeneralSecurityException {
    KeyPairGenerator generator =
        KeyPairGenerator.getInstance(kind.startsWith("secp") ? "EC" : kind);
    if (kind.startsWith("secp")) {
      generator.initialize(new ECGenParameterSpec(kind));
    } else if (kind.equals("RSA")) {
      generator.initialize(2048);
    }
    return generator.generateKeyPair();
  }

  /** The key as a reader of a key set gets it. */
  private static PublicKey published(KeyPair pair, String kind) {
    JWK jwk =
        switch (kind) {
          case "RSA" -> new RSAKey.Builder((RSAPublicKey) pair.getPublic()).build();
          case "secp256r1" ->
              new ECKey.Builder(Curve.P_256, (ECPublicKey) pair.getPublic()).build();
          case "secp384r1" ->
              new ECKey.Builder(Curve.P_384, (ECPublicKey) pair.getPublic()).build();
          case "secp521r1" ->
              new ECKey.Builder(Curve.P_521, (ECPublicKey) pair.getPublic()).build();
          case "Ed25519" -> edwards(Curve.Ed25519, pair, 32);
          default -> edwards(Curve.Ed448, pair, 57);
        };
    return PublishedKey.read(0, TestKey.json(jwk.toJSONString()), AssessmentLimits.DEFAULT)
        .publicMaterial()
        .flatMap(PublishedKey.Material.Public::key)
        .orElseThrow();
  }

  private static JWK edwards(Curve curve, KeyPair pair, int length) {
    byte[] encoded = pair.getPublic().getEncoded();
    byte[] point = Arrays.copyOfRange(encoded, encoded.length - length, encoded.length);
    return new OctetKeyPair.Builder(curve, Base64URL.encode(point)).build();
  }

  private static byte[] sign(KeyPair pair, String algorithm, String jdkName, String input)
      throws GeneralSecurityException {
    Signature signer = Signature.getInstance(jdkName);
    if (algorithm.startsWith("PS")) {
      String hash = "SHA-" + algorithm.substring(2);
      signer.setParameter(
          new PSSParameterSpec(
              hash,
              "MGF1",
              new MGF1ParameterSpec(hash),
              Integer.parseInt(algorithm.substring(2)) / 8,
              1));
    }
    signer.initSign(pair.getPrivate());
    signer.update(input.getBytes(StandardCharsets.US_ASCII));
    return signer.sign();
  }
}
