package dev.counterfoil.monitor.judging;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.custodian.following.FollowedLogView;
import dev.counterfoil.custodian.issuer.RecordedIssuer;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyLogEvent;
import dev.counterfoil.format.token.CompactToken;
import dev.counterfoil.format.word.Sighting;
import dev.counterfoil.verifier.SettableClock;
import dev.counterfoil.verifier.TestKeys;
import dev.counterfoil.verifier.TokenDraft;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

public final class MatchingTest {
  @TempDir Path folder;
  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-01T10:00:00Z"));
  private final RecordedIssuer consumer =
      new RecordedIssuer("consumer", "https://consumer.example", clock);
  private final RecordedIssuer enterprise =
      new RecordedIssuer("enterprise", "https://enterprise.example", clock);
  private TestMonitor monitor;

  @BeforeEach
  void start() throws Exception {
    monitor = new TestMonitor(clock, folder.resolve("monitor"), consumer, enterprise);
    for (int i = 0; i < 20; i++) {
      enterprise.issue();
      consumer.issue();
    }
    monitor.follow();
  }

  @AfterEach
  void stop() throws Exception {
    monitor.close();
  }

  private JsonObject onlyFinding() {
    assertThat(monitor.findings()).hasSize(1);
    return monitor.findings().getFirst();
  }

  private static JsonObject presented(JsonObject finding) throws Exception {
    return finding.object("detail").object("presented");
  }

  /** A token that the thief signs for a position beyond, or at, what the log has. */
  private TokenDraft forgery(long position) {
    return enterprise.draft(enterprise.key, RecordedIssuer.LOG, position).claim("sub", "victim");
  }

  @Test
  void honestTokensAreNoFindings() throws Exception {
    String token = enterprise.issue();
    monitor.report(
        enterprise.accepted(token),
        enterprise.acceptedClaims(token),
        enterprise.refused(token, "audience"),
        enterprise.refusedWithEvidence(token, "beyond-tip"));
    assertThat(monitor.settle()).isZero();
    assertThat(monitor.findings()).isEmpty();
    assertThat(monitor.judged).hasSize(4).allMatch(Judgement.Matched.class::isInstance);
  }

  @Test
  void aTokenAheadOfItsCheckpointWaits() throws Exception {
    // Presented before the log's next checkpoint could be seen.
    TokenDraft draft = enterprise.draft();
    monitor.report(enterprise.accepted(enterprise.forge(draft)));
    monitor.follow();
    assertThat(monitor.matching.step()).as("stays open").isOne();
    enterprise.issue(draft);
    assertThat(monitor.settle()).isZero();
    assertThat(monitor.findings()).isEmpty();
  }

  @Test
  void aTokenPastTheTipIsForged() throws Exception {
    String forged = enterprise.forge(forgery(enterprise.size(RecordedIssuer.LOG) + 5));
    monitor.report(enterprise.refusedWithEvidence(forged, "beyond-tip"));
    assertThat(monitor.settle()).isZero();
    JsonObject finding = onlyFinding();
    assertThat(finding.string("kind")).isEqualTo("forged-token");
    assertThat(finding.string("severity")).isEqualTo("critical");
    assertThat(finding.string("kid")).isEqualTo(enterprise.key.kid());
    assertThat(finding.string("summary"))
        .contains("The signature is valid, so the key itself was used outside the signer.");
    assertThat(finding.object("detail").string("reported_by")).isEqualTo("acme/mail");
    assertThat(presented(finding).string("signature")).isEqualTo("good");
    assertThat(presented(finding).string("client_address")).isEqualTo("192.0.2.1");
    assertThat(presented(finding).string("sub")).isEqualTo("victim");
    assertThat(finding.toString()).as("no token is shown").doesNotContain(forged);
  }

  /** A log that was replaced on purpose lost nothing. */
  @Test
  void aTokenPastTheEndOfAReplacedLogIsForged() throws Exception {
    long end = enterprise.size(RecordedIssuer.LOG);
    String forged = enterprise.forge(forgery(end + 5));
    enterprise.issuer.endLog(RecordedIssuer.LOG, end, KeyLogEvent.EndReason.REPLACED);
    enterprise.issuer.publish();
    monitor.follow();
    monitor.report(enterprise.accepted(forged));
    assertThat(monitor.settle()).isZero();
    assertThat(onlyFinding().string("kind")).isEqualTo("forged-token");
  }

  /** Verifiers refuse it as malformed or misspelled, and say that the signature is good. */
  @ParameterizedTest
  @ValueSource(strings = {"signature-high-s", "expired", "audience", "malformed"})
  void whatAKeySignedAndNobodyIssuedIsFoundWhateverElseIsWrongWithIt(String code) throws Exception {
    String honest = enterprise.issue();
    String forged = enterprise.forge(forgery(7));
    // The control: an honest token that a client spelled anew, or used for the wrong service.
    monitor.report(
        signed(enterprise.refused(honest, code)), signed(enterprise.refused(forged, code)));
    assertThat(monitor.settle()).isZero();
    assertThat(monitor.judged).hasAtLeastOneElementOfType(Judgement.Matched.class);
    assertThat(onlyFinding().string("kind")).isEqualTo("digest-differs");
    assertThat(onlyFinding().string("summary")).contains("found the signature valid");
  }

  /** Nothing of it can be read but who signed it. */
  @Test
  void whatAKeySignedThatIsNoTokenIsLookedForByItsDigest() throws Exception {
    Sighting honest = signed(nothingButItsKey(enterprise.issue()));
    Sighting forged = signed(nothingButItsKey(enterprise.forge(forgery(7))));
    monitor.report(honest, forged);
    assertThat(monitor.settle()).isZero();
    assertThat(monitor.judged).hasAtLeastOneElementOfType(Judgement.Matched.class);
    assertThat(onlyFinding().string("kind")).isEqualTo("forged-token");
    assertThat(onlyFinding().string("kid")).isEqualTo(enterprise.key.kid());
  }

  private static Sighting nothingButItsKey(String token) throws Exception {
    CompactToken parsed = CompactToken.parse(token);
    return new Sighting(
        Instant.parse("2026-11-01T10:00:00Z"),
        "malformed",
        Sighting.Grade.DIGEST,
        Sighting.Token.of(parsed.digest(), parsed.kid(), null),
        Sighting.Use.at("mail"),
        1,
        null,
        false);
  }

  /** Also one whose claims are not what ours are, or that names another algorithm. */
  @Test
  void evidenceIsCheckedWhateverItNames() throws Exception {
    monitor.report(
        enterprise.refusedWithEvidence(
            enterprise.forge(forgery(7).header("alg", "RS256")), "algorithm"),
        enterprise.refusedWithEvidence(enterprise.forge(forgery(8).without("sub")), "malformed"));
    assertThat(monitor.settle()).isZero();
    assertThat(monitor.findings()).hasSize(2);
    for (JsonObject finding : monitor.findings()) {
      assertThat(presented(finding).string("signature")).isEqualTo("good");
    }
  }

  @Test
  void aTokenAtAnothersPositionDiffers() throws Exception {
    monitor.report(enterprise.accepted(enterprise.forge(forgery(7))));
    assertThat(monitor.settle()).isZero();
    assertThat(onlyFinding().string("kind")).isEqualTo("digest-differs");
    assertThat(onlyFinding().number("position")).isEqualTo(7);
  }

  @Test
  void claimsThatDifferAreFoundWithoutADigest() throws Exception {
    monitor.report(enterprise.acceptedClaims(enterprise.forge(forgery(7))));
    assertThat(monitor.settle()).isZero();
    assertThat(onlyFinding().string("kind")).isEqualTo("digest-differs");
    assertThat(presented(onlyFinding()).string("grade")).isEqualTo("claims");
  }

  @Test
  void aTokenWithoutAnIdentifierOfOursIsForged() throws Exception {
    String forged = enterprise.forge(enterprise.draft().without("jti"));
    monitor.report(enterprise.accepted(forged));
    assertThat(monitor.settle()).isZero();
    assertThat(onlyFinding().string("kind")).isEqualTo("forged-token");
  }

  /** A log that grows has at every look more under its checkpoint than is held of it. */
  @Test
  void aTokenWithoutAnIdentifierIsForgedAlsoWhileTheLogGrows() throws Exception {
    String forged = enterprise.forge(enterprise.draft().without("jti"));
    enterprise.withholding = true;
    Sighting honest = withoutIdentifier(enterprise.accepted(enterprise.issue()));
    monitor.report(enterprise.accepted(forged), honest);
    monitor.follow();
    assertThat(monitor.matching.step()).as("neither is decided at once").isEqualTo(2);
    clock.advance(TestMonitor.SETTLE);
    int open = 2;
    for (int i = 0; i < 4 && open > 0; i++) {
      enterprise.withholding = false;
      monitor.follow();
      enterprise.withholding = true;
      enterprise.issue();
      clock.advance(Duration.ofMillis(50));
      monitor.follow();
      FollowedLogView view =
          requireNonNull(monitor.domains.get("enterprise")).view(RecordedIssuer.LOG).orElseThrow();
      assertThat(view.heldSize()).isLessThan(view.checkpointSize());
      open = monitor.matching.step();
    }
    assertThat(open).isZero();
    assertThat(onlyFinding().string("kind")).isEqualTo("forged-token");
    assertThat(monitor.judged).hasAtLeastOneElementOfType(Judgement.Matched.class);
  }

  /** Its signer composes no such token, whatever is logged later. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "7d4e1c52-1f0b-4b57-9c37-0f3a4ce1d2ab",
        "s9g9.0.x",
        "7",
        "d1g1.0.x",
        "s2g1.0.x",
        "s2g1.900.x"
      })
  void whatItsSignerNeverComposesIsForgedAtOnce(String tokenId) throws Exception {
    // A record log and another signer's, which the domain states.
    enterprise.issuer.addLog("d1g1");
    enterprise.issuer.addLog("s2g1");
    enterprise.issuer.publish();
    clock.advance(Duration.ofSeconds(1));
    monitor.follow();
    String whole = tokenId.replace("x", Hash.sha256().base64Url());
    String forged = enterprise.forge(enterprise.draft().claim("jti", whole));
    monitor.report(enterprise.refusedWithEvidence(forged, "token-id"));
    assertThat(monitor.matching.step()).as("nothing is waited for").isZero();
    assertThat(onlyFinding().string("kind")).isEqualTo("forged-token");
    assertThat(onlyFinding().string("kid")).isEqualTo(enterprise.key.kid());
  }

  /** No record log holds a token of the domain's own keys: nobody's answer is waited for. */
  @Test
  void whatAServiceTookUnderARecordLogsNameIsAFinding() throws Exception {
    enterprise.issuer.addLog("d1g1");
    enterprise.issuer.publish();
    clock.advance(Duration.ofSeconds(1));
    monitor.follow();
    String forged =
        enterprise.forge(enterprise.draft().claim("jti", "d1g1.0." + Hash.sha256().base64Url()));
    monitor.report(enterprise.accepted(forged));
    assertThat(monitor.settle()).isZero();
    assertThat(onlyFinding().string("kind")).isEqualTo("forged-token");
  }

  private static Sighting withoutIdentifier(Sighting whole) {
    return new Sighting(
        whole.seenAt(),
        Sighting.ACCEPTED,
        Sighting.Grade.DIGEST,
        Sighting.Token.of(whole.token().digest(), null, whole.token().issuer()),
        Sighting.Use.at("mail"),
        1,
        null,
        false);
  }

  @Test
  void aDigestAloneFindsItsCounterfoil() throws Exception {
    monitor.report(withoutIdentifier(enterprise.accepted(enterprise.issue())));
    assertThat(monitor.settle()).isZero();
    assertThat(monitor.findings()).isEmpty();
    assertThat(monitor.judged).hasOnlyElementsOfType(Judgement.Matched.class);
  }

  @Test
  void aKeyOfAnotherDomainIsOutOfScope() throws Exception {
    String forged = enterprise.draft().header("kid", consumer.key.kid()).signed(consumer.key);
    monitor.report(enterprise.refusedWithEvidence(forged, "domain"));
    assertThat(monitor.settle()).isZero();
    assertThat(onlyFinding().string("kind")).isEqualTo("key-out-of-scope");
    assertThat(onlyFinding().string("domain")).isEqualTo("enterprise");
    assertThat(presented(onlyFinding()).string("key_domain")).isEqualTo("consumer");
  }

  @Test
  void aTokenThatItsKeyMayNotSignIsOutOfScope() throws Exception {
    Instant past = clock.instant().minus(Duration.ofDays(771));
    String forged = enterprise.forge(forgery(3).times(past, past.plus(Duration.ofMinutes(10))));
    String tenant = enterprise.forge(forgery(4).claim("tenant", "initech"));
    monitor.report(
        enterprise.accepted(forged), enterprise.refusedWithEvidence(tenant, "key-scope-tenant"));
    assertThat(monitor.settle()).isZero();
    assertThat(monitor.findings())
        .extracting(finding -> finding.string("kind"))
        .containsExactly("key-out-of-scope", "key-out-of-scope");
    // What a service caught comes first.
    assertThat(presented(monitor.findings().get(0)).strings("broken_rules"))
        .containsExactly("tenant");
    assertThat(presented(monitor.findings().get(1)).strings("broken_rules"))
        .containsExactly("active-window");
  }

  /** The thief writes into the log of another signer, where he is too, and has only one's key. */
  @Test
  void aTokenThatIsRecordedInAnotherLogThanItsKeysIsOutOfScope() throws Exception {
    enterprise.issuer.addLog("s2g1");
    TestKeys.Es256 other = new TestKeys.Es256();
    enterprise.issuer.state(enterprise.statement(other, "s2g1"));
    enterprise.issuer.publish();
    clock.advance(Duration.ofSeconds(1));
    String honest = enterprise.issue(enterprise.draft(other, "s2g1", 0), other, "s2g1");
    String forged =
        enterprise.issue(
            enterprise.draft(enterprise.key, "s2g1", 1).claim("sub", "victim"),
            enterprise.key,
            "s2g1");
    monitor.follow();
    monitor.report(
        enterprise.accepted(honest), enterprise.refusedWithEvidence(forged, "wrong-log"));
    assertThat(monitor.settle()).isZero();
    assertThat(onlyFinding().string("kind")).isEqualTo("key-out-of-scope");
    assertThat(onlyFinding().number("position")).isOne();
    assertThat(presented(onlyFinding()).strings("broken_rules")).containsExactly("log");
    // The same where a service let it in, that knows less.
    monitor.report(enterprise.accepted(forged));
    assertThat(monitor.settle()).isZero();
    assertThat(onlyFinding().number("count")).isEqualTo(2);
  }

  @Test
  void whatAServiceCaughtIsFoundBeforeWhateverElseWaits() throws Exception {
    Sighting honest = enterprise.accepted(enterprise.issue());
    monitor.follow();
    List<Sighting> many = new ArrayList<>(Collections.nCopies(3 * Matching.PAGE, honest));
    many.add(enterprise.refusedWithEvidence(enterprise.forge(forgery(7)), "never-issued"));
    monitor.report(many);
    assertThat(monitor.settle()).isZero();
    assertThat(onlyFinding().string("kind")).isEqualTo("digest-differs");
    assertThat(onlyFinding().number("count")).isOne();
    assertThat(monitor.judged).hasSize(many.size()).first().isInstanceOf(Judgement.Found.class);
  }

  /** Its issuer does not answer, and they are more than a page: others do not wait behind them. */
  @Test
  void whatWaitsForOneIssuerKeepsNoForgeryOfAnothersKey() throws Exception {
    Sighting honest = enterprise.accepted(enterprise.issue());
    monitor.follow();
    consumer.down = true;
    Sighting unknown = consumer.refusedWithEvidence(consumer.issue(), "proof-unavailable");
    monitor.report(Collections.nCopies(Matching.PAGE, unknown));
    List<Sighting> others = new ArrayList<>(Collections.nCopies(3 * Matching.PAGE, honest));
    others.add(enterprise.refusedWithEvidence(enterprise.forge(forgery(7)), "never-issued"));
    monitor.report(others);
    assertThat(monitor.settle()).isEqualTo(Matching.PAGE);
    assertThat(onlyFinding().string("kind")).isEqualTo("digest-differs");
    assertThat(monitor.judged).hasSize(others.size()).first().isInstanceOf(Judgement.Found.class);
    // The control: they waited for that issuer alone, and were honest.
    consumer.down = false;
    assertThat(monitor.settle()).isZero();
    assertThat(monitor.judged).hasSize(others.size() + Matching.PAGE);
    assertThat(monitor.findings()).hasSize(1);
  }

  @Test
  void aKeyThatNobodyStatedIsUnknown() throws Exception {
    TestKeys.Es256 own = new TestKeys.Es256();
    String forged =
        enterprise.draft(own, RecordedIssuer.LOG, 1000).claim("sub", "victim").signed(own);
    monitor.report(enterprise.accepted(forged));
    assertThat(monitor.settle()).isZero();
    assertThat(onlyFinding().string("kind")).isEqualTo("unknown-key");
    assertThat(onlyFinding().string("severity")).isEqualTo("critical");
  }

  @Test
  void aCopyUnderAnotherKeyIsOneFindingForItsOriginal() throws Exception {
    TokenDraft draft = enterprise.draft();
    enterprise.issue(draft);
    for (int i = 0; i < 3; i++) {
      TestKeys.Es256 own = new TestKeys.Es256();
      monitor.report(enterprise.refused(draft.header("kid", own.kid()).signed(own), "key-unknown"));
    }
    assertThat(monitor.settle()).isZero();
    assertThat(onlyFinding().string("kind")).isEqualTo("unknown-key");
    assertThat(onlyFinding().string("severity")).isEqualTo("medium");
    assertThat(onlyFinding().number("count")).isEqualTo(3);
  }

  @Test
  void custodyIsNotLookedThroughForWhatAnybodyCanMakeUp() throws Exception {
    String token = enterprise.issue();
    Sighting refused = withTokenId("x", enterprise.refused(token, "malformed"));
    Sighting evidence =
        enterprise.refusedWithEvidence(
            enterprise.draft().claim("jti", "x").signed(new TestKeys.Es256()), "token-id");
    enterprise.withholding = true;
    monitor.report(refused, evidence);
    assertThat(monitor.matching.step()).as("nothing to wait for").isZero();
    assertThat(monitor.judged)
        .containsExactly(new Judgement.Unmatched("refused"), new Judgement.Unmatched("refused"));
    // What was let in, and what a key of ours signed, is looked for.
    monitor.judged.clear();
    enterprise.withholding = false;
    monitor.report(
        withTokenId("x", enterprise.accepted(token)),
        enterprise.refusedWithEvidence(
            enterprise.forge(enterprise.draft().claim("jti", "x")), "token-id"));
    assertThat(monitor.settle()).isZero();
    assertThat(monitor.judged).hasSize(2).last().isInstanceOf(Judgement.Matched.class);
    assertThat(onlyFinding().string("kind")).isEqualTo("forged-token");
  }

  @Test
  void aKeyStatedAMomentAgoIsWaitedForAlsoWithoutAnIdentifier() throws Exception {
    TestKeys.Es256 next = new TestKeys.Es256();
    String forged =
        enterprise
            .draft(next, RecordedIssuer.LOG, 900)
            .claim("jti", "x")
            .claim("sub", "victim")
            .signed(next);
    monitor.report(enterprise.refusedWithEvidence(forged, "token-id"));
    assertThat(monitor.matching.step()).isOne();
    enterprise.issuer.state(enterprise.statement(next, RecordedIssuer.LOG));
    enterprise.issuer.publish();
    clock.advance(Duration.ofSeconds(1));
    assertThat(monitor.settle()).isZero();
    assertThat(onlyFinding().string("kind")).isEqualTo("forged-token");
  }

  private static Sighting withTokenId(String tokenId, Sighting of) {
    return new Sighting(
        of.seenAt(),
        of.outcome(),
        of.grade(),
        new Sighting.Token(
            of.token().digest(),
            of.token().kid(),
            of.token().issuer(),
            of.token().tenant(),
            of.token().subject(),
            of.token().clientId(),
            tokenId,
            of.token().issuedAt(),
            of.token().expiresAt()),
        of.use(),
        of.count(),
        of.evidence(),
        false);
  }

  @Test
  void madeUpTokensThatAreRefusedAreNoise() throws Exception {
    TestKeys.Es256 own = new TestKeys.Es256();
    monitor.report(
        enterprise.refused(
            enterprise.draft(own, RecordedIssuer.LOG, 1000).signed(own), "key-unknown"),
        enterprise.refused(forgery(1000).signed(own), "signature"),
        // Evidence that the key did not sign is no evidence.
        enterprise.refusedWithEvidence(forgery(1000).signed(own), "never-issued"),
        enterprise.accepted(
            enterprise.draft().header("kid", own.kid()).claim("iss", "https://other").signed(own)));
    assertThat(monitor.settle()).isZero();
    assertThat(monitor.findings()).isEmpty();
    assertThat(monitor.judged).hasSize(4).allMatch(Judgement.Unmatched.class::isInstance);
  }

  @Test
  void aWithdrawnKeyIsAFindingForNewTokensAndWhereItIsStillAccepted() throws Exception {
    String honest = enterprise.issue();
    enterprise.issuer.withdraw(enterprise.key.kid());
    enterprise.issuer.publish();
    clock.advance(Duration.ofSeconds(2));
    monitor.follow();
    monitor.report(enterprise.accepted(honest), enterprise.refused(honest, "key-withdrawn"));
    assertThat(monitor.settle()).isZero();
    assertThat(monitor.findings()).as("services may take a moment to hear of it").isEmpty();
    clock.advance(Duration.ofSeconds(20));
    monitor.report(enterprise.refused(honest, "key-withdrawn"));
    assertThat(monitor.settle()).isZero();
    assertThat(monitor.findings()).as("an honest client that does not know yet").isEmpty();
    monitor.report(
        enterprise.accepted(honest), enterprise.accepted(enterprise.forge(forgery(900))));
    assertThat(monitor.settle()).isZero();
    assertThat(monitor.findings())
        .extracting(finding -> finding.string("kind") + " " + finding.string("severity"))
        .containsExactly("withdrawn-key-used high", "withdrawn-key-used critical");
  }

  @Test
  void aDecoyThatWasUsedIsAFindingAtOnceAndOneThatIsOnlyNamedIsNone() throws Exception {
    TestKeys.Es256 decoy = enterprise.issuer.addKey();
    enterprise.issuer.withdraw(decoy.kid());
    enterprise.issuer.publish();
    clock.advance(Duration.ofSeconds(2));
    monitor.follow();
    monitor.canaries.watch(
        new Canaries.Canary(decoy.kid(), "enterprise", "backup host", clock.instant()));
    String named = enterprise.draft().header("kid", decoy.kid()).signed(enterprise.key);
    monitor.report(enterprise.refused(named, "key-withdrawn"));
    monitor.matching.step();
    assertThat(monitor.findings()).isEmpty();
    String used = enterprise.draft().header("kid", decoy.kid()).signed(decoy);
    monitor.report(signed(enterprise.refused(used, "key-withdrawn")));
    // No log is asked and nothing is waited for.
    monitor.matching.step();
    assertThat(onlyFinding().string("kind")).isEqualTo("canary-key-used");
    assertThat(onlyFinding().string("severity")).isEqualTo("critical");
    assertThat(onlyFinding().string("summary")).contains("planted at: backup host");
  }

  @Test
  void aWithdrawnKeysNewTokenIsAFindingWhereTheReporterCheckedItsSignature() throws Exception {
    String forged = enterprise.forge(forgery(900));
    enterprise.issuer.withdraw(enterprise.key.kid());
    enterprise.issuer.publish();
    clock.advance(Duration.ofSeconds(2));
    monitor.follow();
    monitor.report(enterprise.refused(forged, "key-withdrawn"));
    assertThat(monitor.settle()).isZero();
    assertThat(monitor.findings()).isEmpty();
    monitor.report(signed(enterprise.refused(forged, "key-withdrawn")));
    assertThat(monitor.settle()).isZero();
    assertThat(onlyFinding().string("kind")).isEqualTo("withdrawn-key-used");
  }

  /** As a verifier reports a token of a key that it knows, and knows not to trust. */
  public static Sighting signed(Sighting refused) throws Exception {
    String json = refused.toJson().toString();
    return Sighting.parse(
        dev.counterfoil.format.bytes.StrictJson.object(
            (json.substring(0, json.length() - 1) + ",\"signed\":true}")
                .getBytes(java.nio.charset.StandardCharsets.UTF_8),
            1 << 16));
  }

  @Test
  void aRevokedTokenIsAFindingWhenItIsPresented() throws Exception {
    String revoked = enterprise.issue();
    String neighbour = enterprise.issue();
    enterprise.issuer.revokeToken(RecordedIssuer.LOG, 20);
    enterprise.issuer.publish();
    clock.advance(Duration.ofSeconds(2));
    monitor.follow();
    clock.advance(Duration.ofSeconds(20));
    monitor.report(enterprise.accepted(neighbour), enterprise.refused(revoked, "token-revoked"));
    assertThat(monitor.settle()).isZero();
    assertThat(onlyFinding().string("kind")).isEqualTo("revoked-token-presented");
    assertThat(onlyFinding().string("severity")).isEqualTo("low");
  }

  @Test
  void tokensOfARevokedKeyAreAFindingOnlyWhereTheyAreAccepted() throws Exception {
    String before = enterprise.issue();
    String after = enterprise.issue();
    enterprise.issuer.revokeKey(enterprise.key.kid(), RecordedIssuer.LOG, 21);
    enterprise.issuer.publish();
    clock.advance(Duration.ofSeconds(30));
    monitor.follow();
    monitor.report(enterprise.accepted(before), enterprise.refused(after, "key-revoked"));
    assertThat(monitor.settle()).isZero();
    assertThat(monitor.findings()).isEmpty();
    monitor.report(enterprise.accepted(after));
    assertThat(monitor.settle()).isZero();
    assertThat(onlyFinding().string("kind")).isEqualTo("revoked-token-presented");
    assertThat(onlyFinding().string("severity")).isEqualTo("high");
  }

  @Test
  void withTheIssuerDownNothingIsHeldAgainstAToken() throws Exception {
    String forged = enterprise.forge(forgery(900));
    monitor.report(enterprise.accepted(forged));
    enterprise.down = true;
    assertThat(monitor.settle()).isOne();
    clock.advance(Duration.ofMinutes(9));
    assertThat(monitor.settle()).isOne();
    assertThat(monitor.findings()).isEmpty();
    enterprise.down = false;
    assertThat(monitor.settle()).isZero();
    assertThat(onlyFinding().string("kind")).isEqualTo("forged-token");
  }

  @Test
  void whileCounterfoilsLagTheLeavesDecide() throws Exception {
    enterprise.withholding = true;
    String honest = enterprise.issue();
    TokenDraft stolenPlace = forgery(20);
    monitor.report(enterprise.accepted(honest), enterprise.accepted(enterprise.forge(stolenPlace)));
    assertThat(monitor.settle()).isZero();
    assertThat(onlyFinding().string("kind")).isEqualTo("digest-differs");
  }

  @Test
  void aLateLogExplainsTheFindingThatItCaused() throws Exception {
    TokenDraft draft = enterprise.draft();
    String token = enterprise.forge(draft);
    monitor.report(enterprise.accepted(token));
    assertThat(monitor.settle()).isZero();
    assertThat(onlyFinding().string("state")).isEqualTo("open");
    enterprise.issue(draft);
    monitor.follow();
    assertThat(onlyFinding().string("state")).isEqualTo("explained");
  }

  @Test
  void anotherTokenAtThePositionExplainsNothing() throws Exception {
    monitor.report(enterprise.accepted(enterprise.forge(forgery(20))));
    assertThat(monitor.settle()).isZero();
    enterprise.issue();
    monitor.follow();
    assertThat(onlyFinding().string("state")).isEqualTo("open");
  }

  @Test
  void theSameTokenSeenAgainIsCounted() throws Exception {
    String forged = enterprise.forge(forgery(7));
    monitor.report(enterprise.accepted(forged), enterprise.accepted(forged));
    assertThat(monitor.settle()).isZero();
    Instant later = clock.instant();
    monitor.report(enterprise.acceptedClaims(forged));
    assertThat(monitor.settle()).isZero();
    JsonObject finding = onlyFinding();
    assertThat(finding.number("count")).isEqualTo(3);
    assertThat(finding.number("last_seen_ms")).isEqualTo(later.toEpochMilli());
    assertThat(finding.number("first_seen_ms")).isLessThan(later.toEpochMilli());
  }

  @Test
  void aCrashBetweenRecordingAndMatchingLosesNothing() throws Exception {
    String forged = enterprise.forge(forgery(7));
    monitor.report(enterprise.accepted(forged), enterprise.accepted(enterprise.issue()));
    // The first is not closed: what it did not commit is gone, as after kill -9.
    monitor.loseLocks();
    try (TestMonitor restarted =
        new TestMonitor(clock, folder.resolve("monitor"), consumer, enterprise)) {
      assertThat(restarted.settle()).isZero();
      assertThat(restarted.findings()).hasSize(1);
      assertThat(restarted.settle()).isZero();
      assertThat(restarted.findings().getFirst().number("count")).isOne();
    }
  }

  @Test
  void theReportOfAKeyListsWhatWeSignedAndWhatWeDidNot() throws Exception {
    String forged = enterprise.forge(forgery(7).claim("tenant", "globex"));
    monitor.report(enterprise.accepted(forged), enterprise.accepted(enterprise.issue()));
    assertThat(monitor.settle()).isZero();
    List<JsonObject> lines = new ArrayList<>();
    monitor.keyReport().write(enterprise.key.kid(), (of, tenant) -> {}, lines::add);
    JsonObject summary = lines.getLast();
    assertThat(summary.string("type")).isEqualTo("summary");
    assertThat(summary.number("signed")).isEqualTo(21);
    assertThat(summary.object("signed_by_tenant").number("acme")).isEqualTo(21);
    // The honest one that was sighted, once however often; the forged one is none of ours.
    assertThat(summary.object("sighted_by_service").names()).hasSize(1);
    assertThat(
            summary
                .object("sighted_by_service")
                .number(summary.object("sighted_by_service").names().iterator().next()))
        .isOne();
    assertThat(summary.number("presented_without_counterfoil")).isOne();
    assertThat(summary.strings("tenants_affected")).containsExactly("globex");
    assertThat(lines).hasSize(21 + 1 + 1);
    assertThat(lines.stream().filter(line -> "presented".equals(line.get("type"))))
        .singleElement()
        .satisfies(line -> assertThat(line.string("sub")).isEqualTo("victim"));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void everyForgeryIsFoundOnceAndNothingElse(long seed) throws Exception {
    mix(seed, 400);
  }

  @Tag("full")
  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13, 14, 15})
  void everyForgeryIsFoundOnceAtVolume(long seed) throws Exception {
    mix(seed, 20_000);
  }

  /**
   * Honest tokens and forgeries, fresh and old, in random order, reported once or several times.
   */
  private void mix(long seed, int count) throws Exception {
    Random random = new Random(seed);
    List<String> honest = new ArrayList<>();
    Set<String> forgedDigests = new HashSet<>();
    for (int round = 0; round < count / 50; round++) {
      List<Sighting> batch = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        int choice = random.nextInt(10);
        if (choice < 5 || honest.isEmpty()) {
          String token = enterprise.issue(enterprise.draft().claim("sub", "user" + i));
          honest.add(token);
          batch.add(enterprise.accepted(token));
        } else if (choice < 9) {
          String token = honest.get(random.nextInt(honest.size()));
          batch.add(
              switch (random.nextInt(3)) {
                case 0 -> enterprise.acceptedClaims(token);
                case 1 -> enterprise.refused(token, "expired");
                default -> enterprise.accepted(token);
              });
        } else {
          long size = enterprise.size(RecordedIssuer.LOG);
          long position =
              random.nextBoolean() ? random.nextLong(size) : size + 1000 + random.nextInt(1000);
          String token = enterprise.forge(forgery(position).claim("n", forgedDigests.size()));
          Sighting seen =
              random.nextBoolean()
                  ? enterprise.accepted(token)
                  : enterprise.refusedWithEvidence(token, "never-issued");
          forgedDigests.add(CompactToken.parse(token).digest().base64Url());
          for (int repeat = random.nextInt(3); repeat >= 0; repeat--) {
            batch.add(seen);
          }
        }
      }
      Collections.shuffle(batch, random);
      monitor.report(batch);
      if (random.nextInt(3) == 0) {
        monitor.settle();
      }
    }
    assertThat(monitor.settle()).isZero();
    List<String> found = new ArrayList<>();
    for (JsonObject finding : monitor.findings()) {
      found.add(finding.string("digest"));
    }
    assertThat(found).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(forgedDigests);
  }
}
