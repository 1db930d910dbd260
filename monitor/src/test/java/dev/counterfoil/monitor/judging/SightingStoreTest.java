package dev.counterfoil.monitor.judging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.custodian.issuer.RecordedIssuer;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.word.Sighting;
import dev.counterfoil.monitor.database.DatabaseFullException;
import dev.counterfoil.monitor.issued.KeyReport;
import dev.counterfoil.verifier.SettableClock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SightingStoreTest {
  @TempDir Path folder;
  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-01T10:00:00Z"));
  private final RecordedIssuer issuer = new RecordedIssuer("acme", "https://login.example", clock);
  private TestMonitor monitor;

  @BeforeEach
  void start() throws Exception {
    monitor = new TestMonitor(clock, folder.resolve("monitor"), issuer);
  }

  @AfterEach
  void stop() throws Exception {
    monitor.close();
  }

  private boolean record(long sequence, long lost, String body) throws DatabaseFullException {
    Hash digest = Hash.sha256(body.getBytes(StandardCharsets.UTF_8));
    return monitor.sightings.record(
        "acme/mail",
        new SightingBatch("mail", sequence, lost, List.of(issuer.accepted(issuer.issue())), digest),
        clock.instant());
  }

  private List<String> summaries() throws FormatException {
    List<String> summaries = new ArrayList<>();
    for (JsonObject finding : monitor.findings()) {
      assertThat(finding.string("kind")).isEqualTo("reporter-gap");
      summaries.add(finding.string("summary"));
    }
    return summaries;
  }

  @Test
  void aBatchThatIsSentAgainIsRecordedOnce() throws Exception {
    assertThat(record(1, 0, "a")).isTrue();
    assertThat(record(1, 0, "a")).isFalse();
    assertThat(monitor.sightings.open(0, 10)).hasSize(1);
    assertThat(record(1, 0, "b")).as("the same number for something else").isTrue();
    assertThat(monitor.sightings.open(0, 10)).hasSize(2);
  }

  @Test
  void aBatchThatNeverCameIsAGap() throws Exception {
    long start = clock.instant().toEpochMilli();
    record(start, 0, "a");
    clock.advance(Duration.ofMinutes(1));
    record(start + 1, 0, "b");
    assertThat(summaries()).isEmpty();
    clock.advance(Duration.ofMinutes(1));
    record(start + 4, 0, "c");
    assertThat(summaries()).singleElement().asString().contains("2 batches");
  }

  /** As from a monitor that stood still while several batches were on their way. */
  @Test
  void batchesThatCameOutOfOrderCloseTheirGap() throws Exception {
    long start = clock.instant().toEpochMilli();
    record(start, 0, "a");
    record(start + 3, 0, "d");
    record(start + 6, 0, "g");
    record(start + 2, 0, "c");
    assertThat(findingStates()).as("one still lacks").containsExactly("open", "open");
    record(start + 1, 0, "b");
    assertThat(findingStates()).containsExactly("explained", "open");
    assertThat(summaries().getFirst()).contains("2 batches", "they came later, out of order");
    record(start + 5, 0, "f");
    record(start + 4, 0, "e");
    assertThat(findingStates()).containsExactly("explained", "explained");
  }

  private List<String> findingStates() throws Exception {
    List<String> states = new ArrayList<>();
    for (JsonObject finding : monitor.findings()) {
      states.add(finding.string("state"));
    }
    return states;
  }

  @Test
  void aRestartOfTheReporterIsNoGap() throws Exception {
    record(clock.instant().toEpochMilli(), 0, "a");
    clock.advance(Duration.ofMinutes(1));
    record(clock.instant().toEpochMilli(), 0, "b");
    assertThat(summaries()).isEmpty();
  }

  @Test
  void twoProcessesOfOneNameAreNoGap() throws Exception {
    long one = clock.instant().toEpochMilli();
    record(one, 0, "a");
    clock.advance(Duration.ofMinutes(1));
    long two = clock.instant().toEpochMilli();
    record(two, 0, "b");
    for (int i = 1; i < 4; i++) {
      clock.advance(Duration.ofMinutes(1));
      record(one + i, 0, "a" + i);
      record(two + i, 0, "b" + i);
    }
    assertThat(summaries()).isEmpty();
    record(two + 5, 0, "b5");
    assertThat(summaries()).singleElement().asString().contains("1 batches");
  }

  @Test
  void whatTheReporterSaysItLostIsAGapOnce() throws Exception {
    long start = clock.instant().toEpochMilli();
    record(start, 0, "a");
    clock.advance(Duration.ofMinutes(1));
    record(start + 1, 3, "b");
    record(start + 2, 3, "c");
    assertThat(summaries()).singleElement().asString().contains("lost 3 sightings");
    record(start + 3, 5, "d");
    assertThat(summaries()).hasSize(2).last().asString().contains("lost 2 sightings");
  }

  @Test
  void aRowThatCannotBeReadIsSetAsideAndTheOthersAreMatched() throws Exception {
    String forged =
        issuer.forge(issuer.draft(issuer.key, RecordedIssuer.LOG, 900).claim("sub", "victim"));
    monitor.report(issuer.accepted(issuer.issue()));
    insert("{\"count\":1,");
    insert(issuer.accepted(issuer.issue()).toJson().toString().replace("inbox", "in\\u0001box"));
    monitor.report(issuer.accepted(forged));
    insert("{}");
    assertThat(monitor.settle()).isZero();
    assertThat(monitor.findings())
        .extracting(finding -> finding.string("kind"))
        .containsExactlyInAnyOrder("reporter-gap", "reporter-gap", "reporter-gap", "forged-token");
    assertThat(states())
        .containsExactly("matched", "unreadable", "unreadable", "found", "unreadable");
    assertThat(monitor.settle()).isZero();
    assertThat(monitor.findings())
        .allMatch(finding -> Long.valueOf(1).equals(finding.get("count")));
  }

  @Test
  void aPageOfRowsThatCannotBeReadHidesNoneBehindIt() throws Exception {
    for (int i = 0; i < 5; i++) {
      insert("{}");
    }
    monitor.report(issuer.accepted(issuer.issue()));
    assertThat(monitor.sightings.open(0, 2)).hasSize(1);
    assertThat(monitor.findings()).hasSize(5);
  }

  private void insert(String json) {
    monitor
        .database
        .jdbi()
        .useHandle(
            handle ->
                handle
                    .createUpdate(
                        "INSERT INTO sightings (client, reporter, received_ms, state, json)"
                            + " VALUES ('acme/mail', 'mail', 1, 'open', :json)")
                    .bind("json", json)
                    .execute());
  }

  private List<String> states() {
    return monitor
        .database
        .jdbi()
        .withHandle(
            handle ->
                handle
                    .createQuery("SELECT state FROM sightings ORDER BY id")
                    .mapTo(String.class)
                    .list());
  }

  @Test
  void evidenceOfATokenOfOursIsNotKept() throws Exception {
    String token = issuer.issue();
    monitor.report(issuer.refusedWithEvidence(token, "beyond-tip"));
    assertThat(monitor.settle()).isZero();
    String json =
        monitor
            .database
            .jdbi()
            .withHandle(
                handle ->
                    handle.createQuery("SELECT json FROM sightings").mapTo(String.class).one());
    assertThat(json).contains("\"outcome\"").doesNotContain(token);
  }

  @Test
  void oldSightingsAreForgottenAndFindingsAreNot() throws Exception {
    String forged =
        issuer.forge(issuer.draft(issuer.key, RecordedIssuer.LOG, 900).claim("sub", "victim"));
    monitor.report(issuer.accepted(issuer.issue()), issuer.accepted(forged));
    assertThat(monitor.settle()).isZero();
    monitor.sightings.forget(clock.instant().plusSeconds(1));
    assertThat(sightings()).isOne();
    assertThat(monitor.findings()).hasSize(1);
  }

  private int sightings() {
    return monitor
        .database
        .jdbi()
        .withHandle(
            handle -> handle.createQuery("SELECT count(*) FROM sightings").mapTo(int.class).one());
  }

  @Test
  void noSightingIsForgottenBeforeTheClockIsKnownToBeRight() throws Exception {
    Duration keep = Duration.ofDays(30);
    Instant truth = clock.instant();
    monitor.report(issuer.accepted(issuer.issue()));
    assertThat(monitor.settle()).isZero();
    boolean[] isRight = {false};
    SightingRetention retention =
        new SightingRetention(monitor.sightings, keep, () -> isRight[0], clock);
    clock.advance(Duration.ofDays(3650));
    retention.step();
    assertThat(sightings()).isOne();

    // Once it is, at the next step, also where it was ahead.
    clock.set(truth.plus(keep).minusSeconds(1));
    isRight[0] = true;
    retention.step();
    assertThat(sightings()).as("not old enough").isOne();
    clock.advance(SightingRetention.EVERY.minusMillis(1));
    retention.step();
    assertThat(sightings()).as("not due").isOne();
    clock.advance(Duration.ofMillis(1));
    retention.step();
    assertThat(sightings()).isZero();
  }

  @Test
  void aBatchHasLimits() throws Exception {
    String one = issuer.accepted(issuer.issue()).toJson().toString();
    SightingBatch.parse(batch("mail", Collections.nCopies(1000, one)), 4 << 20);
    assertThatThrownBy(
            () -> SightingBatch.parse(batch("mail", Collections.nCopies(1001, one)), 4 << 20))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("1000 sightings");
    assertThatThrownBy(() -> SightingBatch.parse(batch("mail", List.of(one)), 100))
        .hasMessageContaining("longer than 100 bytes");
    assertThatThrownBy(() -> SightingBatch.parse(batch("m".repeat(257), List.of()), 4 << 20))
        .hasMessageContaining("out of range");
  }

  private static byte[] batch(String reporter, List<String> sightings) {
    String json =
        "{\"v\":1,\"reporter\":\""
            + reporter
            + "\",\"sequence\":1,\"lost\":0,\"sightings\":["
            + String.join(",", sightings)
            + "]}";
    return json.getBytes(StandardCharsets.UTF_8);
  }

  private static Sighting at(String service, Sighting of) {
    return new Sighting(
        of.seenAt(),
        of.outcome(),
        of.grade(),
        of.token(),
        new Sighting.Use(service, of.use().resource(), of.use().action(), of.use().clientAddress()),
        of.count(),
        of.evidence(),
        false);
  }

  @Test
  void aTokenCountsOnceAtEachServiceAlsoWithoutItsDigest() throws Exception {
    String one = issuer.issue();
    String two = issuer.issue();
    monitor.report(
        at("mail", issuer.accepted(one)),
        at("mail", issuer.accepted(one)),
        at("mail", issuer.accepted(two)),
        at("files", issuer.acceptedClaims(one)),
        at("files", issuer.acceptedClaims(one)),
        at("files", issuer.acceptedClaims(two)));
    assertThat(monitor.sightings.sightedByService(issuer.key.kid(), 10))
        .as("not matched yet")
        .isEmpty();
    assertThat(monitor.settle()).isZero();
    assertThat(monitor.sightings.sightedByService(issuer.key.kid(), 10))
        .containsExactly(Map.entry("files", 2L), Map.entry("mail", 2L));
    assertThat(monitor.sightings.sightedByService(issuer.key.kid(), 1)).hasSize(1);
  }

  @Test
  void sightingsOfAKeyAreCountedFromAnIndex() {
    List<String> plan =
        monitor
            .database
            .jdbi()
            .withHandle(
                handle ->
                    handle
                        .createQuery("EXPLAIN QUERY PLAN " + SightingStore.SIGHTED_BY_SERVICE)
                        .bind("kid", "k")
                        .bind("most", 10)
                        .map((row, context) -> row.getString("detail"))
                        .list());
    assertThat(plan).anyMatch(step -> step.contains("INDEX sightings_matched (kid=?)"));
  }

  @Test
  void whatIsForgottenForRoomIsFoundWithoutReadingWhatStays() {
    List<String> plan =
        monitor
            .database
            .jdbi()
            .withHandle(
                handle ->
                    handle
                        .createQuery("EXPLAIN QUERY PLAN " + SightingStore.FORGET_OLDEST)
                        .bind("most", 10)
                        .map((row, context) -> row.getString("detail"))
                        .list());
    assertThat(plan)
        .anyMatch(step -> step.contains("sightings_forgettable"))
        .noneMatch(step -> step.contains("B-TREE"));
  }

  private JsonObject summary() throws Exception {
    List<JsonObject> lines = new ArrayList<>();
    monitor.keyReport().writeCounts(issuer.key.kid(), lines::add);
    assertThat(lines).as("nothing but the summary").hasSize(1);
    return lines.getFirst();
  }

  @Test
  void aReportThatDoesNotCountEveryServiceSaysSo() throws Exception {
    Sighting seen = issuer.accepted(issuer.issue());
    List<Sighting> most = new ArrayList<>();
    for (int i = 0; i < KeyReport.NAMES_MAX; i++) {
      most.add(at("service " + i, seen));
    }
    monitor.report(most);
    assertThat(monitor.settle()).isZero();
    assertThat(summary().object("sighted_by_service").names()).hasSize(KeyReport.NAMES_MAX);
    assertThat(summary().truth("more_services")).isFalse();
    monitor.report(at("one more", seen));
    assertThat(monitor.settle()).isZero();
    assertThat(summary().object("sighted_by_service").names()).hasSize(KeyReport.NAMES_MAX);
    assertThat(summary().truth("more_services")).isTrue();
    assertThat(summary().truth("more_audiences")).isFalse();
  }
}
