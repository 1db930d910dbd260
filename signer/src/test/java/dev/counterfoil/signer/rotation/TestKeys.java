package dev.counterfoil.signer.rotation;

import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.keystore.pkcs11.FakePrivateKeys;
import dev.counterfoil.process.settings.KeySchedule;
import dev.counterfoil.process.settings.Purpose;
import dev.counterfoil.signer.TestDomain;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.interfaces.ECPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Token keys with statements. */
public final class TestKeys {
  public static final Instant T0 = Instant.ofEpochSecond(1_764_000_000L);
  public static final Duration LIFE_MAX = Duration.ofMinutes(15);

  private TestKeys() {}

  public static KeyStatement statement(PublicJwk jwk, Instant from, Instant until) {
    return KeyStatement.builder(jwk)
        .domain("enterprise")
        .issuer(TestDomain.ISSUER)
        .tenants(AllowList.of("acme", "beta"))
        .tokenTypes(AllowList.of("at+jwt"))
        .audiences(AllowList.of("mail", "files"))
        .lifeMax(LIFE_MAX)
        .active(from, until)
        .verifyUntil(until.plus(LIFE_MAX).plus(KeySchedule.SKEW))
        .successorLead(KeySchedule.PROPAGATION_MAX)
        .record(new RecordForm.Position("s1g1"))
        .custody("software", KeyStatement.Assurance.COPYABLE_BY_ROOT)
        .build();
  }

  public static TokenKey key(int number, Instant from, Instant until) {
    try {
      KeyPair pair = FakePrivateKeys.newPair();
      return new TokenKey(
          number,
          statement(PublicJwk.es256((ECPublicKey) pair.getPublic()), from, until),
          FakePrivateKeys.held(pair));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  public static KeyRing stated(TokenKey key) {
    return KeyRing.empty().with(key).withStated(List.of(key.kid()));
  }

  /** Access tokens for the statement's tenants and audiences, under the default times. */
  public static Purpose access() {
    return access(Duration.ofHours(24));
  }

  public static Purpose access(Duration usage) {
    return access(usage, AllowList.of("mail", "files"));
  }

  public static Purpose access(Duration usage, AllowList audiences) {
    return access(usage, audiences, AllowList.of());
  }

  public static Purpose access(Duration usage, AllowList audiences, AllowList statusList) {
    return new Purpose(
        KeyStatement.ACCESS,
        AllowList.of("at+jwt"),
        List.of(PublicJwk.Algorithm.ES256),
        AllowList.of("acme", "beta"),
        audiences,
        LIFE_MAX,
        KeySchedule.derive(usage, Optional.empty(), LIFE_MAX, Optional.empty(), Duration.ZERO),
        KeyStatement.Binding.NONE,
        KeyStatement.Publication.ORDINARY,
        statusList);
  }
}
