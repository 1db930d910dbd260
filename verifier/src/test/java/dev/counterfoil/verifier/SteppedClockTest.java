package dev.counterfoil.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.verifier.dpop.DpopProof;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A service's clock is set ahead, or back: what was refused does not become good by it. */
class SteppedClockTest {
  private static final Instant START = Instant.parse("2026-11-25T12:00:00Z");
  private static final URI INBOX = URI.create("https://mail.example/inbox");

  private final SettableClock issuersClock = new SettableClock(START);
  private final SettableClock clock = new SettableClock(START);
  private final TestIssuer issuer =
      new TestIssuer("enterprise", "https://login.example/enterprise", issuersClock);
  private final TestKeys.Es256 key = issuer.addKey();
  private final List<Verifier> opened = new ArrayList<>();

  @AfterEach
  void close() {
    opened.forEach(Verifier::close);
  }

  private Verifier verifier() {
    issuer.publish();
    Verifier verifier =
        Verifier.builder(issuer.policy())
            .network(issuer)
            .clock(clock)
            .limits(
                VerifierLimits.defaults()
                    .withKeys(Duration.ofDays(1), Duration.ofMinutes(5))
                    .withWaits(Duration.ofSeconds(2), Duration.ofMillis(1)))
            .build();
    opened.add(verifier);
    verifier.refreshKeys();
    return verifier;
  }

  private static String outcome(Verifier verifier, String token) {
    return outcome(verifier.verify(token, TokenCases.MAIL));
  }

  private static String outcome(Verification verification) {
    return verification instanceof Refused refused ? refused.code().text() : TokenCases.VERIFIED;
  }

  private String issue() {
    return issuer.issue(issuer.draft(key), key);
  }

  private void bothClocks(Instant at) {
    clock.set(at);
    issuersClock.set(at);
  }

  @Test
  void aRevocationIsNotForgottenByAClockThatWasAhead() {
    String revoked = issue();
    String honest = issue();
    issuer.revokeToken("s1g1", 0);
    Verifier verifier = verifier();
    assertThat(outcome(verifier, revoked)).isEqualTo("token-revoked");
    clock.set(START.plus(Duration.ofHours(2)));
    verifier.refreshKeys();
    assertThat(outcome(verifier, honest)).isIn("expired", "keys-stale");
    clock.set(START);
    verifier.refreshKeys();
    assertThat(outcome(verifier, revoked)).isEqualTo("token-revoked");
    assertThat(outcome(verifier, honest)).isEqualTo(TokenCases.VERIFIED);
  }

  /** As on a machine that starts with a wrong clock and has the issuer on it. */
  @Test
  void norWhereTheIssuersWasAheadToo() {
    String revoked = issue();
    String honest = issue();
    issuer.revokeToken("s1g1", 0);
    Verifier verifier = verifier();
    bothClocks(START.plus(Duration.ofHours(2)));
    verifier.refreshKeys();
    assertThat(outcome(verifier, honest)).isEqualTo("expired");
    bothClocks(START);
    // What was read then does not count; the request itself reads anew.
    assertThat(outcome(verifier, revoked)).isEqualTo("token-revoked");
    assertThat(outcome(verifier, honest)).isEqualTo(TokenCases.VERIFIED);
  }

  @Test
  void whoReadsNothingAnewHonoursNothing() {
    String honest = issue();
    Verifier verifier = verifier();
    assertThat(outcome(verifier, honest)).isEqualTo(TokenCases.VERIFIED);
    issuer.die();
    issuersClock.advance(Duration.ofSeconds(1));
    clock.set(START.minusSeconds(31));
    assertThat(outcome(verifier, honest)).isEqualTo("keys-stale");
    assertThat(verifier.isReady()).isFalse();
    // The control: as far apart as clocks may be.
    clock.set(START.minusSeconds(30));
    assertThat(outcome(verifier, honest)).isEqualTo(TokenCases.VERIFIED);
  }

  @Test
  void aClockThatWasSetBackBringsNoExpiredTokenToLife() {
    String honest = issue();
    Verifier verifier = verifier();
    assertThat(outcome(verifier, honest)).isEqualTo(TokenCases.VERIFIED);
    bothClocks(START.plus(Duration.ofMinutes(20)));
    verifier.refreshKeys();
    assertThat(outcome(verifier, honest)).isEqualTo("expired");
    clock.set(START);
    assertThat(outcome(verifier, honest)).isEqualTo("keys-stale");
    // Also when it is heard that the issuer's clock says another time.
    verifier.refreshKeys();
    assertThat(outcome(verifier, honest)).isEqualTo("keys-stale");
    clock.set(START.plus(Duration.ofMinutes(20)));
    assertThat(outcome(verifier, issue())).isEqualTo(TokenCases.VERIFIED);
  }

  @Test
  void keysThatWereReadByAClockAheadGrowNoOlderThanOthers() {
    Verifier verifier = verifier();
    bothClocks(START.plus(Duration.ofHours(2)));
    verifier.refreshKeys();
    bothClocks(START);
    verifier.refreshKeys();
    String honest = issue();
    assertThat(outcome(verifier, honest)).isEqualTo(TokenCases.VERIFIED);
    issuer.die();
    clock.set(START.plus(Duration.ofMinutes(5)).minusSeconds(1));
    assertThat(outcome(verifier, honest)).isEqualTo(TokenCases.VERIFIED);
    clock.set(START.plus(Duration.ofMinutes(5)));
    assertThat(outcome(verifier, honest)).isEqualTo("keys-stale");
  }

  @Test
  void aKeyStatedAfterwardsIsFetchedAtOnce() {
    Verifier verifier = verifier();
    bothClocks(START.plus(Duration.ofHours(2)));
    assertThat(outcome(verifier, issuer.draft(key).header("kid", "stranger").signed(key)))
        .isEqualTo("key-unknown");
    bothClocks(START);
    verifier.refreshKeys();
    TestKeys.Es256 next = issuer.addKey();
    issuer.publish();
    assertThat(outcome(verifier, issuer.issue(issuer.draft(next), next)))
        .isEqualTo(TokenCases.VERIFIED);
  }

  @Test
  void aUsedProofStaysUsed() {
    TestKeys.Es256 client = new TestKeys.Es256();
    String token =
        issuer.issue(
            issuer.draft(key).claim("cnf", JsonObject.builder().put("jkt", client.kid()).build()),
            key);
    Verifier verifier = verifier();
    // A second after the start: none is refused for being from before it.
    bothClocks(START.plusSeconds(2));
    RequestContext used = context(proof(client, token, "1"), client);
    assertThat(outcome(verifier.verify(token, TokenCases.MAIL, used)))
        .isEqualTo(TokenCases.VERIFIED);
    clock.advance(Duration.ofMinutes(3));
    RequestContext another = context(proof(client, token, "2"), client);
    assertThat(outcome(verifier.verify(token, TokenCases.MAIL, another)))
        .isEqualTo(TokenCases.VERIFIED);
    bothClocks(START.plusSeconds(3));
    assertThat(outcome(verifier.verify(token, TokenCases.MAIL, used))).isEqualTo("binding-invalid");
    // The control: a client whose proof is new is not held up.
    RequestContext fresh = context(proof(client, token, "3"), client);
    assertThat(outcome(verifier.verify(token, TokenCases.MAIL, fresh)))
        .isEqualTo(TokenCases.VERIFIED);
  }

  private static RequestContext context(TokenDraft proof, TestKeys.Es256 client) {
    return RequestContext.of("GET", INBOX, "192.0.2.7").withDpop(proof.signed(client));
  }

  private TokenDraft proof(TestKeys.Es256 client, String token, String id) {
    return new TokenDraft()
        .header("typ", "dpop+jwt")
        .header("alg", "ES256")
        .header("jwk", client.jwk().toJson())
        .claim("jti", id)
        .claim("htm", "GET")
        .claim("htu", INBOX.toString())
        .claim("iat", clock.instant().getEpochSecond())
        .claim("ath", DpopProof.accessTokenHash(token));
  }
}
