package dev.counterfoil.monitor.judging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.custodian.issuer.RecordedIssuer;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyLogEvent;
import dev.counterfoil.format.token.CompactToken;
import dev.counterfoil.format.word.Sighting;
import dev.counterfoil.monitor.findings.Finding;
import dev.counterfoil.monitor.findings.Finding.Severity;
import dev.counterfoil.monitor.findings.Finding.Subject;
import dev.counterfoil.verifier.SettableClock;
import dev.counterfoil.verifier.TestKeys;
import dev.counterfoil.verifier.TokenDraft;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokens of a signer that went away, which may have been issued in its last moment. */
final class UnprovenTest {
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

  /** A token that the thief signs for a position beyond, or at, what the log has. */
  private TokenDraft forgery(long position) {
    return enterprise.draft(enterprise.key, RecordedIssuer.LOG, position).claim("sub", "victim");
  }

  private JsonObject onlyUnproven() throws Exception {
    assertThat(onlyFinding().string("kind")).isEqualTo("unproven-token");
    assertThat(onlyFinding().string("severity")).isEqualTo("medium");
    assertThat(onlyFinding().string("summary"))
        .contains("not a sign of theft", "when its signer returns")
        .doesNotContain("outside the signer");
    return onlyFinding();
  }

  /** A token of the signer's last moment, in no checkpoint; the authority handed it out. */
  private TokenDraft lastMoment() throws Exception {
    TokenDraft draft = enterprise.draft().claim("sub", "alice");
    enterprise.released.add(CompactToken.parse(enterprise.forge(draft)).digest());
    return draft;
  }

  /** As after kill -9 of a signer under traffic. */
  @Test
  void aTokenOfADeadSignersLastMomentIsUnprovenAndItsReturnExplainsIt() throws Exception {
    TokenDraft draft = lastMoment();
    enterprise.goneSince = clock.instant();
    monitor.report(enterprise.refusedWithEvidence(enterprise.forge(draft), "beyond-tip"));
    assertThat(monitor.settle()).isZero();
    assertThat(onlyUnproven().string("state")).isEqualTo("open");
    enterprise.goneSince = null;
    enterprise.issue(draft);
    monitor.follow();
    assertThat(onlyUnproven().string("state")).isEqualTo("explained");
  }

  /** The authority was started anew since, and remembers nothing. */
  @Test
  void whatNobodyRemembersIsUnprovenAndEscalates() throws Exception {
    String token = enterprise.forge(enterprise.draft());
    enterprise.goneSince = clock.instant();
    enterprise.remembersSince = clock.instant().plusSeconds(5);
    monitor.report(enterprise.refusedWithEvidence(token, "beyond-tip"));
    assertThat(monitor.settle()).isZero();
    assertThat(onlyUnproven().string("state")).isEqualTo("open");
    UnprovenTokens unproven = new UnprovenTokens(monitor.findings, monitor.matching, clock);
    unproven.step();
    assertThat(onlyUnproven().string("severity")).isEqualTo("medium");
    clock.advance(Duration.ofMinutes(11));
    unproven.step();
    assertThat(onlyFinding().string("severity")).isEqualTo("high");
    assertThat(onlyFinding().string("kind")).isEqualTo("unproven-token");
  }

  @Test
  void whatADeadSignerCannotHaveIssuedIsForged() throws Exception {
    long end = enterprise.size(RecordedIssuer.LOG);
    Instant died = clock.instant();
    enterprise.goneSince = died;
    List<TokenDraft> forged =
        List.of(
            // The authority remembers what it handed out, and not this.
            forgery(end),
            forgery(end + UnheldToken.UNPUBLISHED_MAX).claim("sub", "far"),
            forgery(end + 1).times(died.plusSeconds(2), died.plusSeconds(60)),
            forgery(end + 2).times(died.minusSeconds(30), died.plusSeconds(60)));
    for (TokenDraft draft : forged) {
      if (forged.indexOf(draft) > 0) {
        // The authority is a liar, or was told so: that alone decides nothing.
        enterprise.released.add(CompactToken.parse(enterprise.forge(draft)).digest());
      }
    }
    clock.advance(Duration.ofSeconds(3));
    for (TokenDraft draft : forged) {
      monitor.report(enterprise.refusedWithEvidence(enterprise.forge(draft), "beyond-tip"));
    }
    assertThat(monitor.settle()).isZero();
    assertThat(monitor.findings())
        .extracting(finding -> finding.get("kind"))
        // Dated before the last that was published: its log was put back, if that is no lie.
        .containsExactly("forged-token", "forged-token", "forged-token", "log-rollback");
    assertThat(monitor.findings()).allMatch(finding -> "critical".equals(finding.get("severity")));
  }

  /** A thief shows another token for the position of an honest one. */
  @Test
  void aTokenThatTheAuthorityHandedOutIsNotContradictedByAThiefs() throws Exception {
    TokenDraft honest = lastMoment();
    TokenDraft forged = enterprise.draft().claim("sub", "victim");
    enterprise.goneSince = clock.instant();
    monitor.report(enterprise.refusedWithEvidence(enterprise.forge(honest), "beyond-tip"));
    assertThat(monitor.settle()).isZero();
    monitor.report(enterprise.refusedWithEvidence(enterprise.forge(forged), "beyond-tip"));
    assertThat(monitor.settle()).isZero();
    new UnprovenTokens(monitor.findings, monitor.matching, clock).step();
    assertThat(monitor.findings())
        .extracting(finding -> finding.get("kind") + " " + finding.get("state"))
        .containsExactly("unproven-token open", "forged-token open");
  }

  /** The signer's disk lost its last moment, and its log gives the position to another token. */
  @ParameterizedTest
  @ValueSource(strings = {"while it is gone", "past the tip", "after another has its position"})
  void aTokenThatItsLogLostAfterItsReleaseIsARollback(String shown) throws Exception {
    enterprise.withContexts = true;
    String honest = enterprise.forge(lastMoment());
    TokenDraft other = enterprise.draft().claim("sub", "bob");
    String forged = enterprise.forge(enterprise.draft().claim("sub", "victim"));
    Sighting seen = enterprise.refusedWithEvidence(honest, "beyond-tip");
    if (shown.equals("while it is gone")) {
      enterprise.goneSince = clock.instant();
      monitor.report(seen);
      assertThat(monitor.settle()).isZero();
      assertThat(onlyUnproven().string("state")).isEqualTo("open");
      enterprise.goneSince = null;
    }
    if (shown.equals("past the tip")) {
      monitor.report(seen);
      assertThat(monitor.settle()).isZero();
      assertThat(openOnes()).containsExactly("log-rollback critical");
      assertThat(traced(CompactToken.parse(honest))).isEqualTo("released-not-published");
      assertThat(traced(CompactToken.parse(forged))).as("the control").isEqualTo("two-histories");
    }
    enterprise.issue(other);
    monitor.follow();
    monitor.report(seen);
    assertThat(monitor.settle()).isZero();
    assertThat(openOnes())
        .as("one token makes one finding")
        .containsExactly("log-rollback critical");
    assertThat(monitor.findings().getLast().string("summary"))
        .contains("the log lost what was released", "not a sign of theft")
        .doesNotContain("outside the signer", "forged");
    List<String> stolen = new ArrayList<>();
    monitor.findings.forgedByKey(key -> stolen.add(key.kid()));
    assertThat(stolen).isEmpty();
    CompactToken token = CompactToken.parse(honest);
    assertThat(traced(token)).isEqualTo("lost-by-its-log");

    monitor.report(enterprise.refusedWithEvidence(forged, "never-issued"));
    assertThat(monitor.settle()).isZero();
    assertThat(openOnes())
        .as("the control: nobody handed it out")
        .containsExactly("log-rollback critical", "digest-differs critical");
    assertThat(traced(CompactToken.parse(forged)))
        .as("what the log lost is known by the authority's word alone")
        .isEqualTo("two-histories");
  }

  private String traced(CompactToken token) throws Exception {
    return monitor.traced(
        "enterprise",
        token.claims().string("tenant"),
        token.claims().string("jti"),
        Optional.of(token.digest()));
  }

  private List<String> openOnes() {
    return monitor.findings().stream()
        .filter(finding -> "open".equals(finding.get("state")))
        .map(finding -> finding.get("kind") + " " + finding.get("severity"))
        .toList();
  }

  /** Its counterfoil is asked for at the authority first, which does not answer. */
  @Test
  void aTokenBesideItsLogWaitsForTheAuthoritysWord() throws Exception {
    String honest = enterprise.forge(lastMoment());
    enterprise.issue(enterprise.draft().claim("sub", "bob"));
    enterprise.silent = true;
    monitor.report(enterprise.refusedWithEvidence(honest, "never-issued"));
    assertThat(monitor.settle()).isOne();
    enterprise.silent = false;
    assertThat(monitor.settle()).isZero();
    assertThat(openOnes()).containsExactly("log-rollback critical");
  }

  /** One token that was called forged twice, on two grounds. */
  @Test
  void aForgedTokenIsOneFindingOnWhateverGround() throws Exception {
    String forged = enterprise.forge(forgery(enterprise.size(RecordedIssuer.LOG)));
    monitor.report(enterprise.refusedWithEvidence(forged, "beyond-tip"));
    assertThat(monitor.settle()).isZero();
    assertThat(openOnes()).containsExactly("forged-token critical");
    enterprise.issue();
    monitor.follow();
    monitor.report(enterprise.refusedWithEvidence(forged, "never-issued"));
    assertThat(monitor.settle()).isZero();
    assertThat(openOnes()).containsExactly("forged-token critical");
    assertThat(onlyFinding().number("count")).isEqualTo(2);
  }

  @Test
  void twoTokensForOnePositionAreNoneOfASigner() throws Exception {
    enterprise.goneSince = clock.instant();
    enterprise.remembersSince = clock.instant().plusSeconds(5);
    monitor.report(
        enterprise.refusedWithEvidence(enterprise.forge(enterprise.draft()), "beyond-tip"));
    assertThat(monitor.settle()).isZero();
    assertThat(onlyUnproven().string("state")).isEqualTo("open");
    monitor.report(
        enterprise.refusedWithEvidence(
            enterprise.forge(enterprise.draft().claim("sub", "victim")), "beyond-tip"));
    assertThat(monitor.settle()).isZero();
    new UnprovenTokens(monitor.findings, monitor.matching, clock).step();
    assertThat(monitor.findings())
        .hasSize(2)
        .allMatch(finding -> "digest-differs".equals(finding.get("kind")))
        .allMatch(finding -> "critical".equals(finding.get("severity")));
  }

  /** The signer comes back, and its log holds another token there. */
  @Test
  void anUnprovenTokenWhosePositionGoesToAnotherIsForged() throws Exception {
    TokenDraft draft = enterprise.draft();
    enterprise.goneSince = clock.instant();
    enterprise.remembersSince = clock.instant().plusSeconds(5);
    monitor.report(
        enterprise.refusedWithEvidence(
            enterprise.forge(enterprise.draft().claim("sub", "victim")), "beyond-tip"));
    assertThat(monitor.settle()).isZero();
    assertThat(onlyUnproven().string("state")).isEqualTo("open");
    enterprise.goneSince = null;
    enterprise.issue(draft);
    monitor.follow();
    assertThat(onlyFinding().string("kind")).isEqualTo("digest-differs");
    assertThat(onlyFinding().string("severity")).isEqualTo("critical");
  }

  /** Connected, and it answers nothing: what it handed out last may stand in no checkpoint. */
  @Test
  void aSignerThatHangsIsNoSignOfTheft() throws Exception {
    monitor.follow();
    TokenDraft draft = lastMoment();
    enterprise.withholding = true;
    monitor.report(enterprise.refusedWithEvidence(enterprise.forge(draft), "beyond-tip"));
    assertThat(monitor.settle()).isOne();
    clock.advance(UnheldTokens.PATIENCE);
    assertThat(monitor.settle()).isZero();
    assertThat(onlyUnproven().string("state")).isEqualTo("open");
  }

  @Test
  void anAuthorityThatDoesNotSayIsWaitedForAndNoSignOfTheft() throws Exception {
    enterprise.silent = true;
    monitor.report(
        enterprise.refusedWithEvidence(enterprise.forge(enterprise.draft()), "beyond-tip"));
    assertThat(monitor.settle()).isOne();
    clock.advance(UnheldTokens.PATIENCE);
    assertThat(monitor.settle()).isZero();
    assertThat(onlyUnproven().string("state")).isEqualTo("open");
  }

  /** Its host is lost, and with it all that answered for its log: no checkpoint comes any more. */
  @Test
  void whatNobodyAnswersForWaitsForOneLifeAndIsNoSignOfTheft() throws Exception {
    long end = enterprise.size(RecordedIssuer.LOG);
    TokenDraft honest = enterprise.draft();
    enterprise.down = true;
    clock.advance(Duration.ofSeconds(1));
    Instant now = clock.instant();
    TokenDraft forged = forgery(end + 5_000).times(now, now.plusSeconds(600));
    monitor.report(
        enterprise.refusedWithEvidence(enterprise.forge(forged), "beyond-tip"),
        enterprise.refusedWithEvidence(enterprise.forge(honest), "beyond-tip"));
    assertThat(monitor.settle()).isEqualTo(2);
    clock.advance(Duration.ofSeconds(590));
    assertThat(monitor.settle()).as("for one life").isEqualTo(2);
    clock.advance(Duration.ofSeconds(10));
    assertThat(monitor.settle()).isZero();
    assertThat(monitor.findings())
        .hasSize(2)
        .allMatch(finding -> "unproven-token".equals(finding.get("kind")))
        .allMatch(finding -> "high".equals(finding.get("severity")));
    assertThat(monitor.findings().getFirst().object("detail").object("presented").string("verdict"))
        .isEqualTo("unanswered");

    enterprise.down = false;
    enterprise.issue(honest);
    monitor.follow();
    assertThat(monitor.findings())
        .extracting(finding -> finding.string("state"))
        .containsExactly("open", "explained");
  }

  /** As a verifier reports what is spelled oddly: nothing of it can be read but who signed it. */
  private Sighting malformed(TokenDraft draft) throws Exception {
    Sighting seen = enterprise.refused(enterprise.forge(draft), "malformed");
    return new Sighting(
        seen.seenAt(),
        "malformed",
        Sighting.Grade.DIGEST,
        Sighting.Token.of(seen.token().digest(), enterprise.key.kid(), null),
        Sighting.Use.at("mail"),
        1,
        null,
        true);
  }

  /** The counterfoils of another signer do not come: no token of this key is among them. */
  @Test
  void aLogThatIsNotHeldHidesNoForgeryByTheKeyOfAnother() throws Exception {
    enterprise.issuer.addLog("s2g1");
    TestKeys.Es256 other = new TestKeys.Es256();
    enterprise.issuer.state(enterprise.statement(other, "s2g1"));
    enterprise.issuer.publish();
    enterprise.withheld.add("s2g1");
    enterprise.issue(enterprise.draft(other, "s2g1", 0), other, "s2g1");
    clock.advance(Duration.ofSeconds(1));
    monitor.follow();
    assertThat(monitor.heldSize("enterprise", "s2g1")).isZero();
    monitor.report(malformed(forgery(7)), malformed(forgery(8).without("exp")));
    assertThat(monitor.settle()).isZero();
    assertThat(monitor.findings())
        .hasSize(2)
        .allMatch(finding -> "forged-token".equals(finding.get("kind")));
  }

  /**
   * The counterfoils of its own log do not come: it waits for one life, and what comes settles it.
   */
  @Test
  void aForgeryWithoutAPositionWaitsForItsLogForOneLife() throws Exception {
    enterprise.withheld.add(RecordedIssuer.LOG);
    TokenDraft honest = enterprise.draft();
    enterprise.issue(honest);
    clock.advance(Duration.ofSeconds(1));
    monitor.follow();
    monitor.report(malformed(forgery(7)), malformed(honest));
    assertThat(monitor.settle()).isEqualTo(2);
    clock.advance(enterprise.statement(enterprise.key, RecordedIssuer.LOG).lifeMax());
    assertThat(monitor.settle()).isZero();
    assertThat(ofTokens())
        .hasSize(2)
        .allMatch(finding -> "unproven-token".equals(finding.get("kind")))
        .allMatch(finding -> "high".equals(finding.get("severity")));
    assertThat(ofTokens().getFirst().object("detail").object("presented").string("verdict"))
        .isEqualTo("not-held");

    enterprise.withheld.clear();
    clock.advance(Duration.ofSeconds(2));
    monitor.follow();
    new UnprovenTokens(monitor.findings, monitor.matching, clock).step();
    assertThat(ofTokens())
        .extracting(finding -> finding.get("kind") + " " + finding.get("state"))
        .containsExactly(
            "unproven-token explained", "unproven-token explained", "forged-token open");
  }

  /** A key whose tokens are published and not held signed more than is counted. */
  @Test
  void theReportOfAKeySaysHowManyOfThePublishedAreHeld() throws Exception {
    JsonObject all = summary();
    assertThat(all.truth("complete")).as("the control").isTrue();
    assertThat(all.number("held")).isEqualTo(20);
    enterprise.withheld.add(RecordedIssuer.LOG);
    for (int i = 0; i < 3; i++) {
      enterprise.issue();
    }
    monitor.follow();
    JsonObject part = summary();
    assertThat(part.truth("complete")).isFalse();
    assertThat(part.number("held")).isEqualTo(20);
    assertThat(part.number("published")).isEqualTo(23);
  }

  private JsonObject summary() throws Exception {
    List<JsonObject> lines = new ArrayList<>();
    monitor.keyReport().writeCounts(enterprise.key.kid(), lines::add);
    return lines.getLast();
  }

  /** Of such a token nobody can say that we signed it, nor that we did not. */
  @Test
  void theReportOfAKeyTellsTokensOfTwoHistoriesApart() throws Exception {
    String stranger = enterprise.forge(forgery(7).claim("tenant", "globex"));
    monitor.report(enterprise.refusedWithEvidence(stranger, "never-issued"));
    assertThat(monitor.settle()).isZero();
    JsonObject before = summary();
    String domain = onlyFinding().string("domain");
    assertThat(before.number("presented_without_counterfoil")).as("the control").isOne();
    assertThat(before.number("presented_two_histories")).isZero();
    assertThat(before.strings("tenants_affected")).containsExactly("globex");
    assertThat(before.truth("complete")).isTrue();

    monitor.findings.raise(
        new Finding(
            Finding.Kind.LOG_FORK,
            Severity.CRITICAL,
            domain,
            Subject.of(domain, RecordedIssuer.LOG + "/9/mail"),
            clock.instant(),
            1,
            "Two roots.",
            JsonObject.builder().build()));
    List<JsonObject> lines = new ArrayList<>();
    monitor.keyReport().write(enterprise.key.kid(), (of, tenant) -> {}, lines::add);
    JsonObject after = lines.getLast();
    assertThat(after.number("signed")).as("as before").isEqualTo(before.number("signed"));
    assertThat(after.number("presented_without_counterfoil")).isZero();
    assertThat(after.number("presented_unproven")).isZero();
    assertThat(after.number("presented_two_histories")).isOne();
    assertThat(after.strings("tenants_affected")).isEmpty();
    assertThat(after.strings("two_histories")).containsExactly(RecordedIssuer.LOG);
    assertThat(after.truth("complete")).isFalse();
    assertThat(lines.stream().filter(line -> "presented".equals(line.get("type"))))
        .singleElement()
        .satisfies(
            line -> {
              assertThat(line.truth("two_histories")).isTrue();
              assertThat(line.truth("unproven")).isFalse();
            });
    List<String> stolen = new ArrayList<>();
    monitor.findings.forgedByKey(key -> stolen.add(key.kid()));
    assertThat(stolen)
        .as("no verdict CONTAINED leaves it out")
        .containsExactly(enterprise.key.kid());
  }

  private List<JsonObject> ofTokens() {
    return monitor.findings().stream()
        .filter(finding -> !"counterfoil-missing".equals(finding.get("kind")))
        .toList();
  }

  /** The thief writes the times: they say nothing of a log that answers. */
  @Test
  void aLifeThatTheThiefMadeShortIsNoSilenceOfTheLog() throws Exception {
    long end = enterprise.size(RecordedIssuer.LOG);
    Instant now = clock.instant();
    for (int seconds : new int[] {1, 0, -5}) {
      String forged = enterprise.forge(forgery(end + 5).times(now, now.plusSeconds(seconds)));
      monitor.report(enterprise.refusedWithEvidence(forged, "expired"));
    }
    assertThat(monitor.settle()).isZero();
    assertThat(monitor.findings())
        .hasSize(3)
        .allMatch(finding -> "critical".equals(finding.get("severity")))
        .noneMatch(finding -> "unproven-token".equals(finding.get("kind")));
    assertThat(monitor.findings().getFirst().string("kind")).isEqualTo("forged-token");

    enterprise.down = true;
    String unheard = enterprise.forge(forgery(end + 6).times(now, now.plusSeconds(1)));
    monitor.report(enterprise.refusedWithEvidence(unheard, "expired"));
    clock.advance(TestMonitor.SETTLE.plus(UnheldTokens.PATIENCE));
    assertThat(monitor.match()).as("the least that is waited for").isOne();
    clock.advance(Duration.ofSeconds(1));
    assertThat(monitor.match()).as("the control: nobody answers").isZero();
    assertThat(monitor.findings().getLast().string("kind")).isEqualTo("unproven-token");
  }

  @Test
  void aMonitorThatStoodStillHoldsItAgainstNoToken() throws Exception {
    enterprise.down = true;
    monitor.report(enterprise.accepted(enterprise.issue()));
    assertThat(monitor.settle()).isOne();
    monitor.close();
    clock.advance(Duration.ofDays(3));
    monitor = new TestMonitor(clock, folder.resolve("monitor"), consumer, enterprise);
    monitor.follow();
    assertThat(monitor.match()).as("nobody answered yet").isOne();
    clock.advance(Duration.ofSeconds(599));
    assertThat(monitor.match()).as("for one life from the start on").isOne();
    enterprise.down = false;
    assertThat(monitor.settle()).isZero();
    assertThat(monitor.findings()).isEmpty();
  }

  /** What was judged in its absence is judged by what it says. */
  @Test
  void aLogThatAnswersAgainShowsWhatIsForgedAlsoPastItsEnd() throws Exception {
    long end = enterprise.size(RecordedIssuer.LOG);
    String honest = enterprise.issue();
    String forged = enterprise.forge(forgery(end + 50));
    enterprise.down = true;
    monitor.report(
        enterprise.refusedWithEvidence(honest, "beyond-tip"),
        enterprise.refusedWithEvidence(forged, "beyond-tip"));
    assertThat(monitor.settle()).isEqualTo(2);
    clock.advance(Duration.ofMinutes(10));
    assertThat(monitor.settle()).isZero();
    UnprovenTokens unproven = new UnprovenTokens(monitor.findings, monitor.matching, clock);
    unproven.step();
    assertThat(monitor.findings())
        .extracting(finding -> finding.get("kind") + " " + finding.get("state"))
        .as("the control: it is silent")
        .containsExactly("unproven-token open", "unproven-token open");

    enterprise.down = false;
    clock.advance(Duration.ofSeconds(2));
    monitor.follow();
    unproven.step();
    clock.advance(Duration.ofSeconds(2));
    unproven.step();
    assertThat(monitor.findings())
        .extracting(finding -> finding.get("kind") + " " + finding.get("state"))
        .containsExactly(
            "unproven-token explained", "unproven-token explained", "forged-token open");
    assertThat(monitor.findings().get(0).string("summary")).contains("records this very token");
    assertThat(monitor.findings().get(1).string("summary"))
        .contains("Its log answers again, and the token is a finding forged-token now.");
    assertThat(monitor.findings().getLast().string("severity")).isEqualTo("critical");
    assertThat(monitor.findings().getLast().number("count")).isOne();
  }

  /** Without a digest only the claims tell; the log that answers again holds them. */
  @Test
  void aTokenOfWhichOnlyClaimsCameIsExplainedByTheLogThatAnswersAgain() throws Exception {
    enterprise.down = true;
    JsonObject accepted = enterprise.accepted(enterprise.issue()).toJson();
    monitor.report(Sighting.parse(accepted.without("digest").with("grade", "claims")));
    assertThat(monitor.settle()).isOne();
    clock.advance(Duration.ofHours(1));
    assertThat(monitor.settle()).isZero();
    assertThat(onlyFinding().string("kind")).isEqualTo("unproven-token");
    enterprise.down = false;
    clock.advance(Duration.ofSeconds(2));
    monitor.follow();
    assertThat(onlyFinding().string("state")).isEqualTo("open");
    new UnprovenTokens(monitor.findings, monitor.matching, clock).step();
    assertThat(onlyFinding().string("state")).isEqualTo("explained");
  }

  /** High as well as medium: two tokens for one position are never both honest. */
  @Test
  void twoTokensForOnePositionOfASilentLogAreNoneOfASigner() throws Exception {
    String honest = enterprise.forge(enterprise.draft());
    String victims = enterprise.forge(enterprise.draft().claim("sub", "victim"));
    enterprise.down = true;
    monitor.report(enterprise.refusedWithEvidence(honest, "beyond-tip"));
    assertThat(monitor.settle()).isOne();
    clock.advance(Duration.ofMinutes(10));
    assertThat(monitor.settle()).isZero();
    UnprovenTokens unproven = new UnprovenTokens(monitor.findings, monitor.matching, clock);
    unproven.step();
    assertThat(onlyFinding().string("severity")).as("the control").isEqualTo("high");
    assertThat(onlyFinding().string("kind")).isEqualTo("unproven-token");

    monitor.report(enterprise.refusedWithEvidence(victims, "beyond-tip"));
    clock.advance(Duration.ofMinutes(10));
    assertThat(monitor.settle()).isZero();
    unproven.step();
    assertThat(monitor.findings())
        .hasSize(2)
        .allMatch(finding -> "digest-differs".equals(finding.get("kind")))
        .allMatch(finding -> "critical".equals(finding.get("severity")));
  }

  /** Its host was lost, or its disk went back: what is past the end may have been issued. */
  @Test
  void aTokenThatItsLogLostIsUnprovenAndWhatItCannotHaveLostIsForged() throws Exception {
    long end = enterprise.size(RecordedIssuer.LOG);
    TokenDraft lost = lastMoment();
    String notHandedOut = enterprise.forge(forgery(end + 1).claim("sub", "hidden"));
    String far = enterprise.forge(forgery(end + UnheldToken.UNPUBLISHED_MAX));
    clock.advance(Duration.ofSeconds(1));
    enterprise.issuer.endLog(RecordedIssuer.LOG, end, KeyLogEvent.EndReason.ROLLED_BACK);
    enterprise.issuer.publish();
    monitor.follow();
    monitor.report(enterprise.accepted(enterprise.forge(lost)));
    assertThat(monitor.settle()).isZero();
    assertThat(onlyUnproven().object("detail").object("presented").string("verdict"))
        .isEqualTo("lost");

    // Nothing is issued once the log has ended.
    clock.advance(Duration.ofMinutes(1));
    monitor.report(
        enterprise.accepted(notHandedOut),
        enterprise.accepted(far),
        enterprise.accepted(enterprise.forge(forgery(end))));
    assertThat(monitor.settle()).isZero();
    assertThat(monitor.findings()).hasSize(4);
    for (JsonObject finding : monitor.findings().subList(1, 4)) {
      assertThat(finding.string("kind")).isEqualTo("forged-token");
    }
  }
}
