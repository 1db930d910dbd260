package dev.counterfoil.drills.theft;

import dev.counterfoil.drills.mail.DovecotKeys;
import dev.counterfoil.format.keys.PublicJwk;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Tokens signed by a key of the test's own. */
public final class TestTokens {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Forger forger;
  private final DovecotKeys.Key publicKey;

  private TestTokens() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    KeyPair pair = generator.generateKeyPair();
    forger = new Forger(pair);
    publicKey =
        new DovecotKeys.Key(
            forger.kid(), PublicJwk.es256((ECPublicKey) pair.getPublic()).toJson().toString());
  }

  public DovecotKeys.Key publicKey() {
    return publicKey;
  }

  /** A key made now; every Java platform has P-256. */
  public static TestTokens make() {
    try {
      return new TestTokens();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has P-256", e);
    }
  }

  public String of(String subject) throws GeneralSecurityException {
    return forger.accessToken(claims(subject));
  }

  public String boundTo(String subject, String thumbprint) throws GeneralSecurityException {
    ObjectNode claims = claims(subject);
    claims.putObject("cnf").put("jkt", thumbprint);
    return forger.accessToken(claims);
  }

  private static ObjectNode claims(String subject) {
    long now = Instant.now().getEpochSecond();
    return JSON.createObjectNode()
        .put("iss", "https://login.example")
        .put("sub", subject)
        .put("aud", "mail")
        .put("jti", "s1g1.7.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
        .put("iat", now)
        .put("exp", now + 300);
  }
}
