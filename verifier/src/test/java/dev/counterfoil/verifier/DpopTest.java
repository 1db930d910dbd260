package dev.counterfoil.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.verifier.dpop.DpopProof;
import dev.counterfoil.verifier.dpop.DpopReader;
import dev.counterfoil.verifier.dpop.ReplayWindow;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** Tokens bound to a client's key (RFC 9449), and what a thief can do with one. */
class DpopTest {
  private static final URI INBOX = URI.create("https://mail.example/inbox");
  private static final Expectations BOUND =
      Expectations.audience("https://mail.example").accessToken().anyTenant().dpopRequired();

  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-25T12:00:00Z"));
  private final TestIssuer issuer =
      new TestIssuer("enterprise", "https://login.example/enterprise", clock);
  private final TestKeys.Es256 key = issuer.addKey();
  private final TestKeys.Es256 client = new TestKeys.Es256();
  private final TestKeys.Es256 thief = new TestKeys.Es256();
  private final String token;
  private final Verifier verifier;
  private int proofs;

  DpopTest() {
    issuer.publish();
    token =
        issuer.issue(
            issuer.draft(key).claim("cnf", JsonObject.builder().put("jkt", client.kid()).build()),
            key);
    verifier =
        Verifier.builder(issuer.policy())
            .network(issuer)
            .clock(clock)
            .limits(VerifierLimits.defaults().withKeys(Duration.ofDays(1), Duration.ofHours(1)))
            .build();
  }

  private TokenDraft proof(TestKeys.Es256 by) {
    return new TokenDraft()
        .header("typ", "dpop+jwt")
        .header("alg", "ES256")
        .header("jwk", by.jwk().toJson())
        .claim("jti", "proof-" + proofs++)
        .claim("htm", "GET")
        .claim("htu", INBOX.toString())
        .claim("iat", clock.instant().getEpochSecond())
        .claim("ath", DpopProof.accessTokenHash(token));
  }

  private String outcome(String proof) {
    RequestContext request = RequestContext.of("GET", INBOX, "192.0.2.7").withDpop(proof);
    return verifier.verify(token, BOUND, request) instanceof Refused refused
        ? refused.code().text()
        : TokenCases.VERIFIED;
  }

  private void assertGood(TokenDraft proof) {
    assertThat(outcome(proof.signed(client))).isEqualTo(TokenCases.VERIFIED);
  }

  private void assertInvalid(String proof) {
    assertThat(outcome(proof)).isEqualTo("binding-invalid");
    assertGood(proof(client));
  }

  @Test
  void theClientsProofPassesEachTimeWithANewOne() {
    assertGood(proof(client));
    assertGood(proof(client));
    assertThat(
            verifier.verify(
                token,
                BOUND,
                RequestContext.of("GET", INBOX, null).withDpop(proof(client).signed(client))))
        .isInstanceOfSatisfying(
            Verified.class, v -> assertThat(v.boundTo()).contains(client.kid()));
  }

  @Test
  void aStolenTokenIsOfNoUseWithoutTheClientsKey() {
    assertThat(verifier.verify(token, TokenCases.MAIL).toString()).contains("binding-missing");
    assertInvalid(proof(thief).signed(thief));
    assertInvalid(proof(client).signed(thief));
  }

  @Test
  void aKeyThatBindsIsBelievedForBoundTokensOnly() {
    TestKeys.Es256 binding = new TestKeys.Es256();
    issuer.state(
        issuer.statement(binding, "s1g1").toBuilder()
            .binding(KeyStatement.Binding.REQUIRED)
            .build());
    issuer.publish();
    JsonObject jkt = JsonObject.builder().put("jkt", client.kid()).build();
    String bearer = issuer.issue(issuer.draft(binding), binding);
    String bound = issuer.issue(issuer.draft(binding).claim("cnf", jkt), binding);
    assertThat(verifier.verify(bearer, TokenCases.MAIL).toString()).contains("key-scope-binding");
    String proof = proof(client).claim("ath", DpopProof.accessTokenHash(bound)).signed(client);
    assertThat(
            verifier.verify(
                bound, BOUND, RequestContext.of("GET", INBOX, "192.0.2.7").withDpop(proof)))
        .isInstanceOf(Verified.class);
  }

  @Test
  void aProofIsGoodOnceAlsoForACachedToken() {
    String proof = proof(client).signed(client);
    assertThat(outcome(proof)).isEqualTo(TokenCases.VERIFIED);
    assertInvalid(proof);
    clock.advance(Duration.ofSeconds(59));
    assertInvalid(proof);
    clock.advance(Duration.ofSeconds(100));
    assertInvalid(proof);
  }

  @Test
  void aSecondSignatureOverTheSameProofIsAReplay() {
    TokenDraft draft = proof(client);
    assertThat(outcome(draft.signed(client))).isEqualTo(TokenCases.VERIFIED);
    assertInvalid(draft.signed(client));
  }

  @Test
  void aProofIsForOneMethodOneUriAndOneToken() {
    assertInvalid(proof(client).claim("htm", "POST").signed(client));
    assertInvalid(proof(client).claim("htm", "get").signed(client));
    assertInvalid(proof(client).claim("htu", "https://mail.example/outbox").signed(client));
    assertInvalid(proof(client).claim("htu", "https://evil.example/inbox").signed(client));
    assertInvalid(proof(client).claim("htu", "http://mail.example/inbox").signed(client));
    assertInvalid(
        proof(client).claim("htu", "https://mail.example@evil.example/inbox").signed(client));
    assertInvalid(proof(client).claim("htu", "not a URI").signed(client));
    assertInvalid(proof(client).claim("ath", DpopProof.accessTokenHash("other")).signed(client));
    for (String member : new String[] {"jti", "htm", "htu", "iat", "ath"}) {
      assertInvalid(proof(client).without(member).signed(client));
    }
  }

  @Test
  void theUriIsComparedInItsNormalFormWithoutQuery() {
    assertGood(proof(client).claim("htu", "HTTPS://MAIL.example:443/inbox?page=2#top"));
    assertGood(proof(client).claim("htu", "https://mail.example/x/../inbox"));
  }

  @Test
  void aProofIsGoodForAMinute() {
    clock.advance(Duration.ofMinutes(2));
    long now = clock.instant().getEpochSecond();
    assertGood(proof(client).claim("iat", now - 60));
    assertGood(proof(client).claim("iat", now + 60));
    assertInvalid(proof(client).claim("iat", now - 61).signed(client));
    assertInvalid(proof(client).claim("iat", now + 61).signed(client));
    assertInvalid(proof(client).claim("iat", Long.MIN_VALUE).signed(client));
  }

  @Test
  void theHeaderIsStrict() {
    assertInvalid(proof(client).header("typ", "JWT").signed(client));
    assertInvalid(proof(client).header("alg", "none").signed(client));
    assertInvalid(proof(client).header("alg", "HS256").signed(client));
    assertInvalid(proof(client).header("crit", java.util.List.of("x")).signed(client));
    JsonObject jwk = client.jwk().toJson();
    JsonObject withPrivate =
        JsonObject.builder()
            .put("crv", "P-256")
            .put("kty", "EC")
            .put("x", client.jwk().x().base64Url())
            .put("y", client.jwk().y().base64Url())
            .put("d", client.jwk().x().base64Url())
            .build();
    assertInvalid(proof(client).header("jwk", withPrivate).signed(client));
    assertInvalid(proof(client).header("jwk", jwk.toString()).signed(client));
    JsonObject offTheCurve =
        JsonObject.builder()
            .put("crv", "P-256")
            .put("kty", "EC")
            .put("x", client.jwk().x().base64Url())
            .put("y", client.jwk().x().base64Url())
            .build();
    assertInvalid(proof(client).header("jwk", offTheCurve).signed(client));
    assertInvalid(token);
    assertInvalid("");
    assertInvalid("a".repeat(DpopReader.LENGTH_MAX + 1));
  }

  @Test
  void aFullReplayWindowTakesNothingMoreUntilProofsLeaveIt() {
    ReplayWindow window = new ReplayWindow(2);
    Instant now = clock.instant();
    Instant later = now.plusSeconds(10);
    assertThat(window.take(hash(11), hash(1), now, later)).isEqualTo(ReplayWindow.Use.FIRST);
    assertThat(window.take(hash(12), hash(2), now, later)).isEqualTo(ReplayWindow.Use.FIRST);
    assertThat(window.take(hash(13), hash(3), now, later)).isEqualTo(ReplayWindow.Use.FULL);
    assertThat(window.take(hash(13), hash(3), later, later.plusSeconds(10)))
        .isEqualTo(ReplayWindow.Use.FIRST);
  }

  private static Hash hash(int number) {
    return Hash.sha256(new byte[] {(byte) number});
  }

  @Test
  void whatEndsFirstIsForgottenFirstWhicheverCameFirst() {
    ReplayWindow window = new ReplayWindow(16);
    Instant now = clock.instant();
    Instant soon = now.plusSeconds(1);
    assertThat(window.take(hash(11), hash(1), now, now.plusSeconds(9)))
        .isEqualTo(ReplayWindow.Use.FIRST);
    assertThat(window.take(hash(11), hash(2), now, soon)).isEqualTo(ReplayWindow.Use.FIRST);
    assertThat(window.take(hash(11), hash(3), now, soon)).isEqualTo(ReplayWindow.Use.SHARE_FULL);
    assertThat(window.take(hash(11), hash(3), soon, now.plusSeconds(9)))
        .isEqualTo(ReplayWindow.Use.FIRST);
    assertThat(window.take(hash(11), hash(1), soon, now.plusSeconds(9)))
        .isEqualTo(ReplayWindow.Use.REPEATED);
  }

  private DpopProof.Outcome proved(DpopProof check, TestKeys.Es256 by) {
    return check.check(proof(by).signed(by), "GET", INBOX, token, by.kid(), clock.instant());
  }

  @Test
  void oneKeyFillsItsShareOfTheWindowAndShutsOutItselfAlone() {
    DpopProof check = new DpopProof(Duration.ofSeconds(60), 16, clock.instant());
    for (int i = 0; i < 2; i++) {
      assertThat(proved(check, thief)).isInstanceOf(DpopProof.Bound.class);
    }
    assertThat(proved(check, thief)).isInstanceOf(DpopProof.Rejected.class);
    assertThat(proved(check, client)).isInstanceOf(DpopProof.Bound.class);
    // A proof takes its place until its own end, a minute after its iat, and no longer.
    clock.advance(Duration.ofMinutes(1));
    assertThat(proved(check, thief)).isInstanceOf(DpopProof.Rejected.class);
    clock.advance(Duration.ofSeconds(1));
    assertThat(proved(check, thief)).isInstanceOf(DpopProof.Bound.class);
  }

  @Test
  void aProofThatIsAheadIsRememberedUntilItIsTooOld() {
    String ahead = proof(client).claim("iat", clock.instant().getEpochSecond() + 60).signed(client);
    assertThat(outcome(ahead)).isEqualTo(TokenCases.VERIFIED);
    clock.advance(Duration.ofMinutes(2));
    assertInvalid(ahead);
  }

  @Test
  void aProofFromBeforeTheStartIsRefusedAfterIt() {
    String used = proof(client).signed(client);
    assertThat(outcome(used)).isEqualTo(TokenCases.VERIFIED);
    clock.advance(Duration.ofMillis(1_400));
    try (Verifier restarted =
        Verifier.builder(issuer.policy()).network(issuer).clock(clock).build()) {
      assertThat(
              restarted.verify(token, BOUND, RequestContext.of("GET", INBOX, null).withDpop(used)))
          .isInstanceOfSatisfying(
              Refused.class, r -> assertThat(r.code()).isEqualTo(RefusalCode.BINDING_INVALID));
      // The control: a proof made after the start passes at once, though its iat is rounded down.
      clock.advance(Duration.ofMillis(100));
      String fresh = proof(client).signed(client);
      assertThat(
              restarted.verify(token, BOUND, RequestContext.of("GET", INBOX, null).withDpop(fresh)))
          .isInstanceOf(Verified.class);
    }
  }
}
