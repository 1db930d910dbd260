package dev.counterfoil.drills;

import dev.counterfoil.format.PublicJwk;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import tools.jackson.databind.json.JsonMapper;

/** Tokens signed by a key of the test's own. */
final class TestTokens {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Forger forger;
  private final DovecotKeys.Key publicKey;

  TestTokens() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    KeyPair pair = generator.generateKeyPair();
    forger = new Forger(pair);
    publicKey =
        new DovecotKeys.Key(
            forger.kid(), PublicJwk.es256((ECPublicKey) pair.getPublic()).toJson().toString());
  }

  DovecotKeys.Key publicKey() {
    return publicKey;
  }

  String of(String subject) throws GeneralSecurityException {
    long now = Instant.now().getEpochSecond();
    return forger.accessToken(
        JSON.createObjectNode()
            .put("iss", "https://login.example")
            .put("sub", subject)
            .put("aud", "mail")
            .put("jti", "s1g1.7.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
            .put("iat", now)
            .put("exp", now + 300));
  }
}
