package dev.counterfoil.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.keylog.KeyLogEvent;
import dev.counterfoil.format.keys.GroupHandle;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.RecordForm;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An ID token that comes back counts where it was issued, also when it holds no more. */
class IdTokenHintTest {
  private static final Instant START = Instant.parse("2026-11-25T12:00:00Z");
  private static final GroupHandle GROUP = GroupHandle.of(new byte[GroupHandle.BYTES]);

  private final SettableClock clock = new SettableClock(START);
  private final TestIssuer issuer =
      new TestIssuer("enterprise", "https://login.example/enterprise", clock);
  private final TestKeys.Es256 key = new TestKeys.Es256();
  private final Expectations hint = Expectations.idTokenHint(issuer.issuer());
  private final Expectations service =
      Expectations.audience("web").tokenType("JWT").anyTenant().bearerAllowed();

  @SuppressWarnings("NullAway.Init") // by start
  private Verifier verifier;

  @BeforeEach
  void start() {
    issuer.state(
        KeyStatement.builder(key.jwk())
            .domain("enterprise")
            .issuer(issuer.issuer())
            .tenants(AllowList.of("acme"))
            .tokenTypes(AllowList.of("JWT"))
            .audiences(AllowList.all())
            .lifeMax(Duration.ofHours(1))
            .active(START.minus(Duration.ofHours(1)), START.plus(Duration.ofHours(24)))
            .verifyUntil(START.plus(Duration.ofHours(26)))
            .record(new RecordForm.Position("s1g1"))
            .build());
    issuer.publish();
    verifier = Verifier.builder(issuer.policy()).network(issuer).clock(clock).build();
  }

  @AfterEach
  void stop() {
    verifier.close();
  }

  private TokenDraft draft() {
    return issuer
        .draft(key)
        .header("typ", "JWT")
        .claim("aud", "web")
        .claim(GroupHandle.CLAIM, GROUP.toString());
  }

  private void take(KeyLogEvent.Takes event) {
    issuer.take(event);
    issuer.publish();
    clock.advance(Duration.ofSeconds(2));
    verifier.refreshKeys();
  }

  private void assertRefused(String token, Expectations by, RefusalCode code) {
    assertThat(verifier.verify(token, by))
        .isInstanceOfSatisfying(Refused.class, r -> assertThat(r.code()).isEqualTo(code));
  }

  private void assertCounts(String token) {
    assertThat(verifier.verify(token, hint)).isInstanceOf(Verified.class);
  }

  @Test
  void whatHasExpiredCounts() {
    String token = issuer.issue(draft(), key);
    assertCounts(token);
    clock.advance(Duration.ofMinutes(16));
    verifier.refreshKeys();
    assertRefused(token, service, RefusalCode.EXPIRED);
    assertCounts(token);
    assertRefused(draft().at("s1g1", 0).signed(key), hint, RefusalCode.NEVER_ISSUED);
  }

  @Test
  void whatIsRevokedByItselfCounts() {
    String alone = issuer.issue(draft().without(GroupHandle.CLAIM), key);
    String ofGroup = issuer.issue(draft(), key);
    take(new KeyLogEvent.TokenRevoked("s1g1", 0, START.plusSeconds(900)));
    take(new KeyLogEvent.GroupRevoked(GROUP, START.plusSeconds(60), START.plusSeconds(3_960)));
    assertRefused(alone, service, RefusalCode.TOKEN_REVOKED);
    assertRefused(ofGroup, service, RefusalCode.TOKEN_REVOKED);
    assertCounts(alone);
    assertCounts(ofGroup);
  }

  @Test
  void whatIsRevokedWithItsKeyDoesNot() {
    String before = issuer.issue(draft(), key);
    String after = issuer.issue(draft(), key);
    assertCounts(after);
    take(new KeyLogEvent.KeyRevoked(key.kid(), "s1g1", 1));
    assertRefused(after, hint, RefusalCode.KEY_REVOKED);
    assertCounts(before);
  }

  /** Only ID tokens, and only where the issuer asks. */
  @Test
  void noOtherExpectationIsSoLenient() {
    assertThat(hint.takesEnded()).isTrue();
    assertThat(service.takesEnded()).isFalse();
    assertThat(Expectations.asIssuer(issuer.issuer()).takesEnded()).isFalse();
  }
}
