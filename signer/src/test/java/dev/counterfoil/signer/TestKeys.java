package dev.counterfoil.signer;

import dev.counterfoil.format.AllowList;
import dev.counterfoil.format.KeyStatement;
import dev.counterfoil.format.PublicJwk;
import dev.counterfoil.format.RecordForm;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.interfaces.ECPublicKey;
import java.time.Duration;
import java.time.Instant;

/** Token keys with statements. */
final class TestKeys {
  static final Instant T0 = Instant.ofEpochSecond(1_764_000_000L);
  static final Duration LIFE_MAX = Duration.ofMinutes(15);

  private TestKeys() {}

  static KeyStatement statement(PublicJwk jwk, Instant from, Instant until) {
    return KeyStatement.builder(jwk)
        .domain("enterprise")
        .issuer(TestDomain.ISSUER)
        .tenants(AllowList.of("acme", "beta"))
        .tokenTypes(AllowList.of("at+jwt"))
        .audiences(AllowList.of("mail", "files"))
        .lifeMax(LIFE_MAX)
        .active(from, until)
        .verifyUntil(until.plus(LIFE_MAX).plus(KeyRing.SKEW))
        .record(new RecordForm.Position("s1g1"))
        .custody("software", KeyStatement.Assurance.COPYABLE_BY_ROOT)
        .build();
  }

  static TokenKey key(String label, Instant from, Instant until) {
    try {
      KeyPair pair = FakeCustody.newPair();
      return new TokenKey(
          label,
          statement(PublicJwk.es256((ECPublicKey) pair.getPublic()), from, until),
          FakeCustody.held(pair));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  static KeyRing stated(TokenKey key) {
    return KeyRing.empty().with(key).withStated(key.statement().kid());
  }
}
