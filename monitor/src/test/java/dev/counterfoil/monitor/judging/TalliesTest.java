package dev.counterfoil.monitor.judging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.custodian.issuer.RecordedIssuer;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.word.Sighting;
import dev.counterfoil.monitor.issued.KeyReport;
import dev.counterfoil.verifier.SettableClock;
import dev.counterfoil.verifier.TestKeys;
import dev.counterfoil.verifier.TokenDraft;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What anybody can make up costs a few rows; what hangs on a signature stays. */
final class TalliesTest {
  @TempDir Path folder;
  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-01T10:00:00Z"));
  private final RecordedIssuer issuer = new RecordedIssuer("acme", "https://login.example", clock);
  private final TestKeys.Es256 thief = new TestKeys.Es256();
  private TestMonitor monitor;

  @BeforeEach
  void start() throws Exception {
    monitor = open();
    for (int i = 0; i < 20; i++) {
      issuer.issue();
    }
    monitor.follow();
  }

  @AfterEach
  void stop() throws Exception {
    monitor.close();
  }

  private TestMonitor open() throws Exception {
    return new TestMonitor(clock, folder.resolve("monitor"), issuer);
  }

  /** Tokens that nobody issued, of which none is another's. */
  private List<Sighting> madeUp(int count, String kid, String code) {
    List<Sighting> seen = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      TokenDraft draft =
          issuer.draft(issuer.key, RecordedIssuer.LOG, 1_000 + i).header("kid", kid).claim("n", i);
      seen.add(issuer.refused(draft.signed(thief), code));
    }
    return seen;
  }

  private int rows(String table) {
    return monitor
        .database
        .jdbi()
        .withHandle(
            handle -> handle.createQuery("SELECT count(*) FROM " + table).mapTo(int.class).one());
  }

  private RefusedTally refused(String kid, String code) {
    return monitor.sightings.refused(kid, Optional.empty()).getOrDefault(code, tallyOfNone());
  }

  private static RefusedTally tallyOfNone() {
    return new RefusedTally(0, Instant.EPOCH, Instant.EPOCH, Set.of());
  }

  @Test
  void aFloodUnderAPublishedKeyIsAFewRowsAndItsForgeriesAreFindings() throws Exception {
    String forged =
        issuer.forge(issuer.draft(issuer.key, RecordedIssuer.LOG, 7).claim("sub", "victim"));
    Instant first = clock.instant();
    monitor.report(madeUp(500, issuer.key.kid(), "signature"));
    assertThat(rows("sightings")).as("counted as it comes").isZero();
    clock.advance(Duration.ofSeconds(70));
    // The thief's own token comes in the midst of his flood.
    List<Sighting> more = madeUp(500, issuer.key.kid(), "signature");
    more.add(250, issuer.refusedWithEvidence(forged, "never-issued"));
    monitor.report(more);
    assertThat(monitor.settle()).isZero();

    assertThat(rows("tallies")).as("one a minute").isEqualTo(2);
    assertThat(rows("sightings")).as("the forgery").isOne();
    RefusedTally tally = refused(issuer.key.kid(), "signature");
    assertThat(tally.count()).isEqualTo(1_000);
    assertThat(tally.first()).isEqualTo(first);
    assertThat(tally.last()).isEqualTo(first.plusSeconds(70));
    assertThat(tally.presenters())
        .singleElement()
        .satisfies(one -> assertThat(one.reportedBy()).isEqualTo("acme/mail"));
    assertThat(monitor.findings()).singleElement().satisfies(TalliesTest::isOfVictim);
    assertThat(monitor.judged.stream().filter(Judgement.Unmatched.class::isInstance))
        .as("for the metric")
        .hasSize(1_000);
  }

  private static void isOfVictim(JsonObject finding) throws Exception {
    assertThat(finding.string("kind")).isEqualTo("digest-differs");
    assertThat(finding.object("detail").object("presented").string("sub")).isEqualTo("victim");
  }

  /** Each names another key and another refusal that anybody can cause: matched, then counted. */
  @Test
  void madeUpKeysAreCountedTogetherOnceNothingCameOfThem() throws Exception {
    for (int i = 0; i < 200; i++) {
      monitor.report(madeUp(1, "made-up-" + i, "key-unknown"));
      monitor.report(madeUp(1, issuer.key.kid(), "whatever-" + i));
    }
    assertThat(monitor.settle()).isZero();
    assertThat(rows("sightings")).isZero();
    assertThat(rows("tallies")).isEqualTo(2);
    assertThat(refused("", "key-unknown").count()).isEqualTo(200);
    assertThat(refused(issuer.key.kid(), "other").count()).isEqualTo(200);
    assertThat(monitor.findings()).isEmpty();
  }

  @Test
  void whatAKeySignedOrAServiceLetInIsNeverCounted() throws Exception {
    String honest = issuer.issue();
    Sighting refused = issuer.refused(honest, "signature");
    assertThat(Tallies.isSignedByNobody(refused)).isTrue();
    for (Sighting one :
        List.of(
            issuer.accepted(honest),
            issuer.refusedWithEvidence(honest, "signature"),
            issuer.refused(honest, "unrecorded"),
            issuer.refused(honest, "digest-unknown"),
            signed(refused))) {
      assertThat(Tallies.isMadeUp(one)).as(one.toJson().toString()).isFalse();
    }
    // A service's word on one that was recorded counts for the service, as ever.
    monitor.report(issuer.refused(honest, "expired"));
    assertThat(monitor.settle()).isZero();
    assertThat(rows("sightings")).isOne();
    assertThat(monitor.sightings.sightedByService(issuer.key.kid(), 10)).hasSize(1);
  }

  private static Sighting signed(Sighting of) throws Exception {
    return Sighting.parse(of.toJson().with("signed", true));
  }

  @Test
  void aStartInTheMidstLosesNoneAndCountsNoneTwice() throws Exception {
    monitor.report(1, madeUp(50, issuer.key.kid(), "signature"));
    monitor.report(2, madeUp(50, issuer.key.kid(), "malformed"));
    // The first is not closed: what it did not commit is gone, as after kill -9.
    monitor.loseLocks();
    TestMonitor killed = monitor;
    try {
      monitor = open();
      // Its reporters had no answer, and send again what they had sent.
      monitor.report(1, madeUp(50, issuer.key.kid(), "signature"));
      monitor.report(2, madeUp(50, issuer.key.kid(), "malformed"));
      monitor.report(3, madeUp(50, issuer.key.kid(), "signature"));
      assertThat(monitor.settle()).isZero();
      assertThat(rows("sightings")).isZero();
      assertThat(rows("tallies")).isEqualTo(2);
      assertThat(refused(issuer.key.kid(), "signature").count()).isEqualTo(100);
      assertThat(refused(issuer.key.kid(), "malformed").count()).isEqualTo(50);
    } finally {
      killed.close();
    }
  }

  @Test
  void aMinuteHasABoundedNumberOfRowsOfEachDomain() throws Exception {
    Tallies.Sum sum = new Tallies.Sum();
    for (int i = 0; i < 200; i++) {
      String kid = "known-" + i;
      monitor
          .database
          .jdbi()
          .useHandle(
              handle ->
                  handle.execute(
                      "INSERT INTO known_keys (kid, domain, statement) VALUES (?, 'acme', '')",
                      kid));
      sum.add("acme/mail", clock.instant(), madeUp(1, kid, "signature").getFirst());
    }
    monitor.database.jdbi().useTransaction(handle -> Tallies.write(handle, sum));
    // Past the bound a domain has one row more.
    assertThat(rows("tallies")).isEqualTo(Tallies.ROWS_OF_MINUTE_MAX + 1);
    assertThat(refused("", "other").count()).isEqualTo(200 - Tallies.ROWS_OF_MINUTE_MAX);
    Tallies.Sum more = new Tallies.Sum();
    Sighting other = madeUp(1, issuer.key.kid(), "audience").getFirst();
    more.add("acme/mail", clock.instant(), other);
    more.add("globex/mail", clock.instant(), other);
    monitor.database.jdbi().useTransaction(handle -> Tallies.write(handle, more));
    assertThat(monitor.sightings.refused(issuer.key.kid(), Optional.of("acme"))).isEmpty();
    assertThat(monitor.sightings.refused(issuer.key.kid(), Optional.of("globex")))
        .as("no flood of another domain hides it")
        .hasEntrySatisfying("audience", tally -> assertThat(tally.count()).isOne());
  }

  @Test
  void aLongNameIsNotCutInsideACharacter() throws Exception {
    Sighting seen = madeUp(1, issuer.key.kid(), "signature").getFirst();
    RefusedTally tally = RefusedTally.of("x".repeat(199) + "\uD83D\uDE00", clock.instant(), seen);
    assertThat(tally.presenters())
        .singleElement()
        .satisfies(one -> assertThat(one.reportedBy()).isEqualTo("x".repeat(199)));
  }

  @Test
  void presentersAreASampleAndCountsHaveAnEnd() throws Exception {
    Sighting seen = madeUp(1, issuer.key.kid(), "signature").getFirst();
    RefusedTally tally = RefusedTally.of("acme/mail", clock.instant(), seen);
    for (int i = 0; i < 20; i++) {
      tally = tally.plus(RefusedTally.of("acme/service-" + i, clock.instant(), seen));
    }
    assertThat(tally.presenters()).hasSize(RefusedTally.PRESENTERS_MAX);
    assertThat(tally.presenters().iterator().next().reportedBy()).isEqualTo("acme/mail");
    assertThat(tally.count()).isEqualTo(21);
    Sighting many = Sighting.parse(seen.toJson().with("count", Long.MAX_VALUE));
    RefusedTally all = RefusedTally.of("acme/mail", clock.instant(), many);
    assertThat(all.plus(all).count()).isEqualTo(RefusedTally.COUNT_MAX);
  }

  @Test
  void theReportOfAKeyTellsWhatItsDomainsReportersRefused() throws Exception {
    monitor.report(madeUp(3, issuer.key.kid(), "signature"));
    KeyReport all = monitor.keyReport();
    List<JsonObject> lines = new ArrayList<>();
    all.write(issuer.key.kid(), (of, tenant) -> {}, lines::add);
    assertThat(lines.stream().filter(line -> "refused".equals(line.get("type"))))
        .singleElement()
        .satisfies(
            line -> {
              assertThat(line.string("outcome")).isEqualTo("signature");
              assertThat(line.number("count")).isEqualTo(3);
              assertThat(line.objects("presenters")).hasSize(1);
            });
    assertThat(lines.getLast().number("refused_unsigned")).isEqualTo(3);
    assertThat(lines.getLast().number("presented_without_counterfoil")).isZero();
    assertThat(lines.getLast().truth("complete")).isTrue();
    lines.clear();
    all.within("other").writeCounts(issuer.key.kid(), lines::add);
    assertThat(lines.getLast().number("refused_unsigned")).as("another's reporters").isZero();
  }

  /** A service that knows an older key log cannot check them, and the monitor has no token. */
  @Test
  void whatAServiceCouldNotCheckIsNotCalledUnsigned() throws Exception {
    monitor.report(madeUp(2, issuer.key.kid(), "signature"));
    monitor.report(madeUp(3, issuer.key.kid(), "key-unknown"));
    assertThat(monitor.settle()).isZero();
    List<JsonObject> lines = new ArrayList<>();
    monitor.keyReport().writeCounts(issuer.key.kid(), lines::add);
    JsonObject summary = lines.getLast();
    assertThat(summary.number("refused_unsigned")).isEqualTo(2);
    assertThat(summary.number("refused_unchecked")).isEqualTo(3);
    assertThat(summary.number("refused_unchecked_at_home")).isEqualTo(3);
    assertThat(summary.truth("complete")).isFalse();
  }

  @Test
  void talliesAreForgottenWithTheSightings() throws Exception {
    monitor.report(madeUp(3, issuer.key.kid(), "signature"));
    monitor.sightings.forget(clock.instant().minus(Duration.ofHours(1)));
    assertThat(rows("tallies")).isOne();
    monitor.sightings.forget(clock.instant().plus(Duration.ofHours(1)));
    assertThat(rows("tallies")).isZero();
  }
}
