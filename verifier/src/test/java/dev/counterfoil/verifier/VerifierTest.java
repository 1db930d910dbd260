package dev.counterfoil.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.keylog.KeyLogEvent;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.root.Delegation;
import dev.counterfoil.format.word.Sighting;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What changes between two uses of a token, what is reported, and what is remembered. */
class VerifierTest {
  private static final Instant START = Instant.parse("2026-11-25T12:00:00Z");
  private static final VerifierLimits LIMITS =
      VerifierLimits.defaults()
          .withKeys(Duration.ofDays(1), Duration.ofMinutes(5))
          .withWaits(Duration.ofSeconds(2), Duration.ofMillis(40));

  private final SettableClock clock = new SettableClock(START);
  private final TestIssuer issuer =
      new TestIssuer("enterprise", "https://login.example/enterprise", clock);
  private final TestKeys.Es256 key = issuer.addKey();
  private final List<Sighting> seen = Collections.synchronizedList(new ArrayList<>());
  private final Verifier verifier;

  VerifierTest() {
    issuer.publish();
    verifier =
        Verifier.builder(issuer.policy())
            .network(issuer)
            .clock(clock)
            .limits(LIMITS)
            .sightings(seen::add)
            .build();
  }

  @AfterEach
  void close() {
    verifier.close();
  }

  private Verification verify(String token) {
    return verifier.verify(token, TokenCases.MAIL);
  }

  private void assertRefused(String token, RefusalCode code) {
    assertThat(verify(token))
        .isInstanceOfSatisfying(Refused.class, r -> assertThat(r.code()).isEqualTo(code));
  }

  private Verified assertVerified(String token) {
    Verification verification = verify(token);
    assertThat(verification).isInstanceOf(Verified.class);
    return (Verified) verification;
  }

  private String issue() {
    return issuer.issue(issuer.draft(key), key);
  }

  /** Publishes a change and lets the verifier fetch it, as its background does. */
  private void publish() {
    issuer.publish();
    clock.advance(Duration.ofSeconds(2));
    verifier.refreshKeys();
  }

  @Test
  void givesWhatTheTokenSays() {
    issuer.fill("s1g1", 4);
    String token = issue();
    Verified verified = assertVerified(token);
    assertThat(verified.issuer()).isEqualTo(issuer.issuer());
    assertThat(verified.subject()).isEqualTo("alice");
    assertThat(verified.clientId()).contains("mail-client");
    assertThat(verified.scopes()).isEqualTo(Set.of("mail.read", "mail.send"));
    assertThat(verified.tenant()).isEqualTo("acme");
    assertThat(verified.audiences()).containsExactly("https://mail.example");
    assertThat(verified.position()).isEqualTo(4);
    assertThat(verified.tokenId()).extracting(TokenId::log).isEqualTo("s1g1");
    assertThat(verified.issuedAt()).isEqualTo(START);
    assertThat(verified.expiresAt()).isEqualTo(START.plus(Duration.ofMinutes(15)));
    assertThat(verified.keyId()).isEqualTo(key.kid());
    assertThat(verified.proof()).isInstanceOf(IssuanceProof.ByTile.class);
    assertThat(((IssuanceProof.Shown) verified.proof()).checkpoint().size()).isEqualTo(5);
    assertThat(verified.auditId()).hasSize(43);
    assertThat(token).doesNotContain(verified.auditId());
  }

  @Test
  void aCachedTokenCostsNoReadAndIsReportedOnce() {
    String token = issue();
    assertVerified(token);
    int reads = issuer.readsOf("s1g1");
    assertVerified(token);
    assertVerified(token);
    assertThat(issuer.readsOf("s1g1")).isEqualTo(reads);
    assertThat(seen).extracting(Sighting::outcome).containsExactly("accepted");
    assertThat(seen.get(0).evidence()).isNull();
  }

  @Test
  void aCachedSigningInputWithAnotherSignatureIsRefused() throws Exception {
    String token = issue();
    assertVerified(token);
    String input = token.substring(0, token.lastIndexOf('.') + 1);
    byte[] signature = Base64Url.decode(token.substring(input.length()));
    assertRefused(
        input + Base64Url.encode(TestKeys.otherS(signature)), RefusalCode.SIGNATURE_HIGH_S);
    signature[40] ^= 4;
    assertRefused(input + Base64Url.encode(signature), RefusalCode.SIGNATURE);
    assertVerified(token);
  }

  @Test
  void aCachedTokenStillMeetsOtherExpectations() {
    String token = issue();
    assertVerified(token);
    Expectations files =
        Expectations.audience("https://files.example").accessToken().anyTenant().bearerAllowed();
    assertThat(verifier.verify(token, files))
        .isInstanceOfSatisfying(
            Refused.class, r -> assertThat(r.code()).isEqualTo(RefusalCode.AUDIENCE));
  }

  @Test
  void aCachedTokenExpires() {
    String token = issue();
    assertVerified(token);
    clock.set(START.plus(Duration.ofMinutes(15)).minusSeconds(1));
    verifier.refreshKeys();
    assertVerified(token);
    clock.set(START.plus(Duration.ofMinutes(15)));
    assertRefused(token, RefusalCode.EXPIRED);
    assertThat(seen).extracting(Sighting::outcome).contains("expired");
  }

  @Test
  void aCachedTokenIsRefusedOnceItIsRevoked() {
    String token = issue();
    String other = issue();
    assertVerified(token);
    assertVerified(other);
    issuer.revokeToken("s1g1", 0);
    publish();
    assertRefused(token, RefusalCode.TOKEN_REVOKED);
    assertVerified(other);
    assertThat(seen).extracting(Sighting::outcome).containsOnlyOnce("token-revoked");
  }

  @Test
  void aCachedTokenIsRefusedOnceItsKeyIsRevokedAtItsPosition() {
    String before = issue();
    String at = issue();
    assertVerified(before);
    assertVerified(at);
    issuer.revokeKey(key.kid(), "s1g1", 1);
    publish();
    assertVerified(before);
    assertRefused(at, RefusalCode.KEY_REVOKED);
  }

  @Test
  void aTaintedKeysEarlierTokensAreGoodAndItsLaterOnesAreNot() {
    String before = issue();
    assertVerified(before);
    issuer.take(new KeyLogEvent.KeyTainted(key.kid(), START.plusSeconds(5)));
    publish();
    clock.advance(Duration.ofSeconds(2));
    assertVerified(before);
    assertVerified(issue());
    clock.advance(Duration.ofSeconds(1));
    assertRefused(issue(), RefusalCode.KEY_TAINTED);
    assertVerified(before);
  }

  @Test
  void aRetiredKeysEarlierTokensAreGoodAndItsLaterOnesAreNot() {
    String before = issue();
    issuer.take(new KeyLogEvent.KeyRetired(key.kid()));
    String after =
        issuer.issue(issuer.draft(key).times(START.plusSeconds(1), START.plusSeconds(900)), key);
    publish();
    assertVerified(before);
    assertRefused(after, RefusalCode.KEY_RETIRED);
  }

  @Test
  void whoComesAfterTheEndOfAKeyHasAnExpiredTokenOrAForgedOne() {
    String old = issue();
    clock.advance(Duration.ofHours(1));
    issuer.take(new KeyLogEvent.KeyWithdrawn(key.kid(), KeyLogEvent.WithdrawalReason.ENDED));
    publish();
    assertRefused(old, RefusalCode.EXPIRED);
    assertRefused(issue(), RefusalCode.KEY_WITHDRAWN);
  }

  @Test
  void aKeyThatIsTooOldForADomainOfManyTenantsCountsNoMore() {
    TestKeys.Es256 own = new TestKeys.Es256();
    issuer.delegate(d -> withTenants(d, AllowList.of("acme")));
    issuer.publish();
    Instant from = START.minus(Duration.ofDays(89));
    issuer.state(
        issuer.statement(own, "s1g1").toBuilder()
            .tenants(AllowList.of("acme"))
            .active(from, from.plus(Duration.ofDays(94)))
            .verifyUntil(from.plus(Duration.ofDays(95)))
            .build());
    issuer.publish();
    issuer.delegate(d -> withTenants(d, AllowList.all()));
    publish();
    assertVerified(issuer.issue(issuer.draft(own), own));
    clock.advance(Duration.ofDays(1));
    publish();
    assertRefused(issuer.issue(issuer.draft(own), own), RefusalCode.KEY_TOO_OLD);
  }

  private static Delegation withTenants(Delegation d, AllowList tenants) {
    return TestIssuer.with(
        d,
        new Delegation.Bounds(
            tenants, d.bounds().audiences(), d.bounds().tokenTypes(), d.bounds().lifeMax()),
        d.notBefore(),
        d.notAfter());
  }

  @Test
  void aCachedTokenIsRefusedOnceItsKeyIsWithdrawn() {
    String token = issue();
    assertVerified(token);
    TestKeys.Es256 other = issuer.addKey();
    issuer.withdraw(key.kid());
    publish();
    assertRefused(token, RefusalCode.KEY_WITHDRAWN);
    assertVerified(issuer.issue(issuer.draft(other), other));
  }

  @Test
  void thatAWithdrawnKeyWasUsedIsReportedAndThatItWasNamedIsNot() {
    TestKeys.Es256 other = issuer.addKey();
    issuer.withdraw(key.kid());
    publish();
    assertRefused(issuer.draft(key).signed(key), RefusalCode.KEY_WITHDRAWN);
    assertThat(seen.get(seen.size() - 1).signed()).isTrue();
    assertThat(seen.get(seen.size() - 1).evidence()).as("it may be honest").isNull();
    assertRefused(issuer.draft(key).signed(new TestKeys.Es256()), RefusalCode.KEY_WITHDRAWN);
    assertThat(seen.get(seen.size() - 1).signed()).isFalse();
    // The key that was used is said, and not the one that is named.
    assertRefused(issuer.draft(key).signed(other), RefusalCode.KEY_WITHDRAWN);
    assertThat(seen.get(seen.size() - 1).signed()).isTrue();
    assertThat(seen.get(seen.size() - 1).token().kid()).isEqualTo(other.kid());
  }

  @Test
  void pastTheEndOfALogATokenIsLostOrForgedAsTheLogEnded() {
    issuer.fill("s1g1", 5);
    String honest = issue();
    issuer.fill("s1g1", 20);
    String past = issue();
    assertVerified(honest);
    issuer.take(
        new KeyLogEvent.LogEnded(
            "s1g1", 10, Optional.of("s1g2"), KeyLogEvent.EndReason.ROLLED_BACK));
    publish();
    assertRefused(past, RefusalCode.PROOF_UNAVAILABLE);
    assertThat(seen.get(seen.size() - 1).evidence()).as("no forgery").isNull();
    assertVerified(honest);
    issuer.take(
        new KeyLogEvent.LogEnded("s1g1", 9, Optional.of("s1g2"), KeyLogEvent.EndReason.REPLACED));
    publish();
    assertRefused(past, RefusalCode.BEYOND_TIP);
    assertVerified(honest);
  }

  @Test
  void aCachedTokenIsRefusedOnceADelegationLeavesItsKeyOut() {
    String token = issue();
    assertVerified(token);
    KeyStatement wide = issuer.statement(key, "s1g1");
    TestKeys.Es256 narrow = new TestKeys.Es256();
    issuer.state(wide.toBuilder().jwk(narrow.jwk()).tenants(AllowList.of("globex")).build());
    publish();
    issuer.delegate(
        d ->
            TestIssuer.with(
                d,
                new Delegation.Bounds(
                    AllowList.of("globex"),
                    d.bounds().audiences(),
                    d.bounds().tokenTypes(),
                    d.bounds().lifeMax()),
                d.notBefore(),
                d.notAfter()));
    publish();
    assertRefused(token, RefusalCode.KEY_UNKNOWN);
    assertVerified(issuer.issue(issuer.draft(narrow).claim("tenant", "globex"), narrow));
  }

  @Test
  void staleKeysRefuseCachedAndNewTokensAndFreshOnesRecover() {
    String token = issue();
    assertVerified(token);
    issuer.die();
    clock.advance(Duration.ofMinutes(5));
    assertRefused(token, RefusalCode.KEYS_STALE);
    issuer.honest();
    clock.advance(ReadCircuit.ASK_AGAIN);
    assertVerified(token);
  }

  @Test
  void anAuthorityThatIsDeadFromTheStartFailsClosedAndRecovers() {
    issuer.die();
    Verifier late =
        Verifier.builder(issuer.policy()).network(issuer).clock(clock).limits(LIMITS).build();
    String token = issue();
    assertThat(late.isReady()).isFalse();
    assertThat(late.verify(token, TokenCases.MAIL))
        .isInstanceOfSatisfying(
            Refused.class, r -> assertThat(r.code()).isEqualTo(RefusalCode.KEYS_UNAVAILABLE));
    issuer.honest();
    clock.advance(Verifier.RETRY_AFTER);
    assertThat(late.verify(token, TokenCases.MAIL)).isInstanceOf(Verified.class);
    assertThat(late.isReady()).isTrue();
    late.close();
  }

  @Test
  void aLogThatCannotBeReadFailsClosedAndRecovers() {
    String known = issue();
    assertVerified(known);
    String token = issue();
    issuer.between(
        (path, honest) -> {
          if (path.startsWith("/logs/s1g1/")) {
            throw new IOException("connection refused");
          }
          return honest.read();
        });
    assertRefused(token, RefusalCode.PROOF_UNAVAILABLE);
    assertThat(seen.get(seen.size() - 1).evidence()).isNull();
    assertVerified(known);
    int reads = issuer.readsOf("s1g1");
    for (int i = 0; i < 20; i++) {
      assertRefused(token, RefusalCode.PROOF_UNAVAILABLE);
    }
    // The key log can be read, which lets one more be tried.
    assertThat(issuer.readsOf("s1g1")).as("nobody waits each time").isLessThan(reads + 10);
    assertThat(verifier.away())
        .singleElement()
        .satisfies(
            away -> {
              assertThat(issuer.issuer()).startsWith(away.origin().toString());
              assertThat(away.reason()).isEqualTo("connection refused");
            });
    issuer.honest();
    clock.advance(Verifier.RETRY_AFTER);
    assertVerified(token);
    assertThat(verifier.away()).isEmpty();
  }

  @Test
  void aKeyStatedAMomentAgoIsFetchedOnceAndAFloodOfUnknownKeysIsNot() {
    assertVerified(issue());
    clock.advance(Duration.ofSeconds(1));
    TestKeys.Es256 next = issuer.addKey();
    issuer.publish();
    assertVerified(issuer.issue(issuer.draft(next), next));
    int reads = issuer.reads("/logs/keys/checkpoint");
    for (int i = 0; i < 50; i++) {
      assertRefused(
          issuer.draft(key).header("kid", "stranger-" + i).signed(key), RefusalCode.KEY_UNKNOWN);
    }
    // The background follows the key log by real time, and may come once between.
    int afterFlood = issuer.reads("/logs/keys/checkpoint");
    assertThat(afterFlood).isBetween(reads, reads + 1);
    clock.advance(Duration.ofSeconds(1));
    assertRefused(issuer.draft(key).header("kid", "stranger").signed(key), RefusalCode.KEY_UNKNOWN);
    assertThat(issuer.reads("/logs/keys/checkpoint")).isGreaterThan(afterFlood);
  }

  @Test
  void onlyAForgedTokenIsKeptAsEvidence() {
    issuer.fill("s1g1", 3);
    String forged = issuer.draft(key).at("s1g1", 1).signed(key);
    String badlySigned = issuer.draft(key).at("s1g1", 1).signed(new TestKeys.Es256());
    String scope = issuer.draft(key).claim("tenant", "initech").signed(key);
    String scopeBadlySigned =
        issuer.draft(key).claim("tenant", "initech").signed(new TestKeys.Es256());
    String honestElsewhere =
        issuer.issue(issuer.draft(key).claim("aud", "https://files.example"), key);
    for (String token :
        List.of(forged, badlySigned, scope, scopeBadlySigned, honestElsewhere, "x")) {
      verify(token);
    }
    assertThat(seen)
        .extracting(Sighting::outcome)
        .containsExactly(
            "never-issued",
            "signature",
            "key-scope-tenant",
            "key-scope-tenant",
            "audience",
            "malformed");
    assertThat(seen)
        .extracting(Sighting::evidence)
        .containsExactly(forged, null, scope, null, null, null);
    assertThat(seen.get(0).token().kid()).isEqualTo(key.kid());
    assertThat(seen.get(0).token().subject()).isEqualTo("alice");
    assertThat(seen.get(0).toString()).doesNotContain(forged);
  }

  /** A client that sends its token to the wrong service must not have it handed on. */
  @Test
  void anotherDomainsTokenIsNoEvidenceUnlessItsKeySignedForAnotherIssuer() {
    TestIssuer consumer = new TestIssuer("consumer", "https://login.example/consumer", clock);
    TestKeys.Es256 consumers = consumer.addKey();
    consumer.publish();
    List<Sighting> reported = new ArrayList<>();
    try (Verifier service =
        Verifier.builder(issuer.policy())
            .neighbour(consumer.policy())
            .network(
                (uri, max) ->
                    uri.toString().startsWith(consumer.issuer())
                        ? consumer.get(uri, max)
                        : issuer.get(uri, max))
            .clock(clock)
            .limits(LIMITS)
            .sightings(reported::add)
            .build()) {
      service.refreshKeys();
      service.refreshNeighbours();
      String honest = consumer.issue(consumer.draft(consumers), consumers);
      String underAnothersName = consumer.draft(consumers).signed(key);
      String forged =
          consumer.draft(consumers).claim("iss", "https://login.example/third").signed(consumers);
      String ours = issuer.draft(key).claim("iss", consumer.issuer()).signed(key);
      for (String token : List.of(honest, underAnothersName, forged, ours)) {
        assertThat(service.verify(token, TokenCases.MAIL))
            .isInstanceOfSatisfying(
                Refused.class, r -> assertThat(r.code()).isEqualTo(RefusalCode.ISSUER));
      }
      assertThat(reported).extracting(Sighting::evidence).containsExactly(null, null, forged, ours);
      // Whether it was issued, the monitor finds out from its digest.
      assertThat(reported).extracting(Sighting::signed).containsExactly(true, true, false, false);
    }
  }

  @Test
  void aForgedTokenOfARevokedKeyIsEvidenceWhenAProvenTileShowsIt() {
    String before = issue();
    String honest = issue();
    assertVerified(before);
    assertVerified(honest);
    issuer.revokeKey(key.kid(), "s1g1", 1);
    publish();
    String forged = issuer.draft(key).claim("sub", "f").at("s1g1", 1).signed(key);
    String badlySigned =
        issuer.draft(key).claim("sub", "f").at("s1g1", 1).signed(new TestKeys.Es256());
    String unknown = issuer.draft(key).claim("sub", "f").at("s1g1", 2).signed(key);
    seen.clear();
    int reads = issuer.readsOf("s1g1");
    for (String token : List.of(forged, badlySigned, unknown, honest)) {
      assertRefused(token, RefusalCode.KEY_REVOKED);
    }
    Expectations acme =
        Expectations.audience("https://mail.example").accessToken().tenant("acme").bearerAllowed();
    // Not from the memory of verified tokens: other expectations are another entry.
    verifier.verify(honest, acme);
    assertThat(seen)
        .extracting(Sighting::outcome)
        .containsExactly("key-revoked", "key-revoked", "key-revoked", "key-revoked", "key-revoked");
    assertThat(seen).extracting(Sighting::evidence).containsExactly(forged, null, null, null, null);
    assertThat(issuer.readsOf("s1g1")).isEqualTo(reads);
  }

  @Test
  void longClaimsAreCutForASightingThatTheMonitorTakes() throws Exception {
    verify(issuer.issue(issuer.draft(key).claim("sub", "\ud83d\ude00".repeat(1500)), key));
    Sighting sighting = seen.get(0);
    assertThat(sighting.isAccepted()).isTrue();
    assertThat(Sighting.parse(sighting.toJson())).isEqualTo(sighting);
  }

  @Test
  void controlCharactersOfATokenAreReplacedForASightingThatTheMonitorTakes() throws Exception {
    verify(issuer.issue(issuer.draft(key).claim("sub", "ali\u0001ce\n\u007f\u0085"), key));
    Sighting sighting = seen.get(0);
    assertThat(sighting.isAccepted()).isTrue();
    assertThat(sighting.token().subject()).isEqualTo("ali\ufffdce\ufffd\ufffd\ufffd");
    assertThat(sighting.token().tenant()).as("others stay as they are").isEqualTo("acme");
    assertThat(Sighting.parse(sighting.toJson())).isEqualTo(sighting);
  }

  @Test
  void neitherReasonsNorTextsRepeatTheToken() {
    for (TokenCases.Case c : TokenCases.build().all()) {
      Verification verification = verify(c.token());
      for (String part : c.token().split("\\.", -1)) {
        if (part.length() > 20) {
          assertThat(verification.toString()).doesNotContain(part);
        }
      }
    }
  }

  /** The matrix: each of two domains' keys on tokens of each; only the diagonal passes. */
  @Test
  void onlyTheDiagonalOfDomainsPasses() {
    TestIssuer consumer = new TestIssuer("consumer", "https://login.example/consumer", clock);
    TestKeys.Es256 consumerKey = consumer.addKey();
    consumer.publish();
    List<TestIssuer> domains = List.of(issuer, consumer);
    List<TestKeys.Es256> keys = List.of(key, consumerKey);
    for (int at = 0; at < 2; at++) {
      TestIssuer domain = domains.get(at);
      try (Verifier service =
          Verifier.builder(domain.policy()).network(domain).clock(clock).limits(LIMITS).build()) {
        for (int of = 0; of < 2; of++) {
          for (int by = 0; by < 2; by++) {
            TestIssuer named = domains.get(of);
            String token =
                named.issue(named.draft(keys.get(by).kid(), "s1g1"), keys.get(by), "s1g1");
            assertThat(service.verify(token, TokenCases.MAIL).isVerified())
                .as("service %s, token of %s, key of %s", at, of, by)
                .isEqualTo(at == of && of == by);
          }
        }
      }
    }
  }
}
