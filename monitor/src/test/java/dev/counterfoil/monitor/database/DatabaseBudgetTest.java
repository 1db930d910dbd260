package dev.counterfoil.monitor.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.configuration.Limit;
import dev.counterfoil.custodian.issuer.RecordedIssuer;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.word.Sighting;
import dev.counterfoil.monitor.judging.SightingBatch;
import dev.counterfoil.monitor.judging.SightingStore;
import dev.counterfoil.monitor.judging.TestMonitor;
import dev.counterfoil.monitor.watching.LimitFindings;
import dev.counterfoil.verifier.SettableClock;
import dev.counterfoil.verifier.TestKeys;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DatabaseBudgetTest {
  @TempDir Path folder;
  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-01T10:00:00Z"));
  private final RecordedIssuer issuer = new RecordedIssuer("acme", "https://login.example", clock);
  private TestMonitor monitor;

  /** Another run than that of the monitor's own reports. */
  private long sequence = 1_000;

  @BeforeEach
  void start() throws Exception {
    monitor = new TestMonitor(clock, folder.resolve("monitor"), issuer);
  }

  @AfterEach
  void stop() throws Exception {
    monitor.close();
  }

  @Test
  void theReserveIsForWhatAKeySigned() {
    assertThat(DatabaseBudget.room(0, 1_000)).isEqualTo(DatabaseBudget.Room.EVERYTHING);
    assertThat(DatabaseBudget.room(999, 1_000)).isEqualTo(DatabaseBudget.Room.EVERYTHING);
    assertThat(DatabaseBudget.room(1_000, 1_000)).isEqualTo(DatabaseBudget.Room.SIGNED);
    assertThat(DatabaseBudget.room(1_099, 1_000)).isEqualTo(DatabaseBudget.Room.SIGNED);
    assertThat(DatabaseBudget.room(1_100, 1_000)).isEqualTo(DatabaseBudget.Room.NOTHING);
  }

  /** The same database, of which so many bytes may be used. */
  private SightingStore within(long bytesMax) {
    return new SightingStore(
        monitor.database.jdbi(),
        monitor.findings,
        new DatabaseBudget(monitor.database.jdbi(), bytesMax),
        judgement -> {});
  }

  private void record(SightingStore store, Sighting... seen) throws DatabaseFullException {
    Hash digest = Hash.sha256(("batch " + ++sequence).getBytes(StandardCharsets.UTF_8));
    store.record(
        "acme/mail",
        new SightingBatch("mail", sequence, 0, List.of(seen), digest),
        clock.instant());
  }

  private int rows() {
    return monitor
        .database
        .jdbi()
        .withHandle(
            handle -> handle.createQuery("SELECT count(*) FROM sightings").mapTo(int.class).one());
  }

  @Test
  void aFullDatabaseTakesForgeriesAndCountsWhatIsMadeUp() throws Exception {
    SightingStore full = within(monitor.budget.usedBytes());
    Sighting honest = issuer.accepted(issuer.issue());
    assertThatThrownBy(() -> record(full, honest)).isInstanceOf(DatabaseFullException.class);
    assertThat(rows()).as("nothing of it").isZero();
    assertThat(monitor.findings()).as("nor a gap, as it comes again").isEmpty();

    String forged =
        issuer.forge(issuer.draft(issuer.key, RecordedIssuer.LOG, 900).claim("sub", "victim"));
    TestKeys.Es256 own = new TestKeys.Es256();
    Sighting madeUp =
        issuer.refused(issuer.draft(own, RecordedIssuer.LOG, 1_000).signed(own), "key-unknown");
    record(full, madeUp);
    assertThat(rows()).as("counted, and not matched").isZero();
    record(full, issuer.refusedWithEvidence(forged, "beyond-tip"), honest);
    assertThat(rows()).as("what comes with a forgery is taken with it").isEqualTo(2);
    assertThat(monitor.settle()).isZero();
    assertThat(monitor.findings())
        .singleElement()
        .satisfies(finding -> assertThat(finding.string("kind")).isEqualTo("forged-token"));
    assertThat(full.refused("", Optional.empty()))
        .hasEntrySatisfying("key-unknown", tally -> assertThat(tally.count()).isOne());
  }

  @Test
  void pastTheReserveNothingIsTaken() throws Exception {
    SightingStore full = within(monitor.budget.usedBytes() / 2);
    String forged = issuer.forge(issuer.draft(issuer.key, RecordedIssuer.LOG, 900));
    assertThatThrownBy(() -> record(full, issuer.refusedWithEvidence(forged, "beyond-tip")))
        .isInstanceOf(DatabaseFullException.class);
    // The control: with room it is.
    record(within(1L << 30), issuer.refusedWithEvidence(forged, "beyond-tip"));
    assertThat(rows()).isOne();
  }

  @Test
  void theOldestThatMatchedMakeRoomAndWhatWasFoundStays() throws Exception {
    String forged =
        issuer.forge(issuer.draft(issuer.key, RecordedIssuer.LOG, 90_000).claim("sub", "victim"));
    monitor.report(issuer.accepted(forged));
    Sighting honest = issuer.accepted(issuer.issue());
    for (int i = 0; i < 10; i++) {
      List<Sighting> seen = new ArrayList<>();
      for (int j = 0; j < 1_000; j++) {
        seen.add(honest);
      }
      monitor.report(seen);
    }
    assertThat(monitor.settle()).isZero();
    assertThat(rows()).isEqualTo(10_001);

    SightingStore roomy = within(monitor.budget.usedBytes() + 1_000);
    roomy.makeRoom(clock.instant());
    assertThat(rows()).as("the control").isEqualTo(10_001);
    long bytesMax = monitor.budget.usedBytes();
    SightingStore full = within(bytesMax);
    assertThatThrownBy(() -> record(full, honest)).isInstanceOf(DatabaseFullException.class);
    full.makeRoom(clock.instant());
    assertThat(monitor.budget.usedBytes()).isLessThan(bytesMax);
    assertThat(rows()).isBetween(1_000, 9_000);
    record(full, honest);
    assertThat(monitor.sightings.found(issuer.key.kid(), 0)).as("the forgery").hasSize(1);
  }

  @Test
  void whereThereWasNothingToForgetItLooksAgainAfterAMinute() throws Exception {
    Sighting honest = issuer.accepted(issuer.issue());
    for (int i = 0; i < 10; i++) {
      monitor.report(Collections.nCopies(100, honest));
    }
    SightingStore full = within(monitor.budget.usedBytes());
    full.makeRoom(clock.instant());
    assertThat(monitor.settle()).isZero();
    SightingStore another = within(monitor.budget.usedBytes());
    full.makeRoom(clock.instant().plusSeconds(58));
    assertThat(rows()).as("everything waited a moment ago").isEqualTo(1_000);
    full.makeRoom(clock.instant().plusSeconds(60));
    assertThat(rows()).isZero();

    monitor.report(Collections.nCopies(100, honest));
    assertThat(monitor.settle()).isZero();
    another.makeRoom(clock.instant());
    assertThat(rows()).as("there is room").isEqualTo(100);
    SightingStore again = within(monitor.budget.usedBytes());
    monitor.report(Collections.nCopies(100, honest));
    again.makeRoom(clock.instant());
    assertThat(rows()).as("the control: those that matched go at once").isEqualTo(100);
  }

  @Test
  void eachStepIsOneFindingADay() throws Exception {
    AtomicLong used = new AtomicLong(499);
    AtomicLong asked = new AtomicLong();
    LimitFindings watch =
        new LimitFindings(
            List.of("acme"),
            List.of(new Limit("database", used::get, () -> 1_000, "no more is taken")),
            finding -> {
              asked.incrementAndGet();
              monitor.findings.raiseOnce(finding);
            },
            clock);
    watch.step();
    assertThat(severities()).isEmpty();
    for (long use : new long[] {500, 700, 800, 900, 1_000, 1_099}) {
      used.set(use);
      watch.step();
    }
    assertThat(severities()).containsExactly("low", "medium", "high");
    assertThat(asked).as("the database, once a step and day").hasValue(3);
    assertThat(monitor.findings().getFirst().string("kind")).isEqualTo("limit-near");
    assertThat(monitor.findings().getFirst().string("summary"))
        .isEqualTo(
            "50 % of the limit of database is used (500 of 1000). When it is reached, no more is taken.");
    clock.advance(Duration.ofDays(1));
    watch.step();
    assertThat(severities()).containsExactly("low", "medium", "high", "high");
  }

  private List<String> severities() throws Exception {
    List<String> severities = new ArrayList<>();
    for (JsonObject finding : monitor.findings()) {
      severities.add(finding.string("severity"));
    }
    return severities;
  }
}
