package dev.counterfoil.monitor.auditlog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.audit.access.Source;
import dev.counterfoil.auditclient.EventDraft;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyCeiling;
import dev.counterfoil.monitor.findings.Finding;
import dev.counterfoil.rules.RuleEngine;
import dev.counterfoil.rules.RuleFiles;
import dev.counterfoil.rules.RuleSet;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The rules that come with Counterfoil, over events as our parts put them together. */
final class RuleWatchTest {
  private static final Source AUTHORITY = new Source("trial", "authority", Optional.empty());
  private static final Source SERVICE = new Source("trial", "mail", Optional.of("acme"));

  private final List<Finding> raised = new ArrayList<>();
  private final List<String> before = new ArrayList<>();
  private boolean isDatabaseAway;
  private Instant now = Instant.parse("2026-11-30T12:00:00Z");
  private final RuleWatch watch =
      new RuleWatch(
          (source, lines) -> before.add(source.name()),
          () -> RuleSet.of(RuleFiles.shipped().documents()),
          this::raise,
          () -> now);
  private long number;

  private void raise(Finding finding) {
    if (isDatabaseAway) {
      throw new IllegalStateException("away");
    }
    raised.add(finding);
  }

  private JsonObject numbered(JsonObject event, long sequence) throws FormatException {
    return event.with("metadata", event.object("metadata").with("sequence", sequence));
  }

  private void report(Source source, JsonObject... events) throws FormatException {
    StringBuilder lines = new StringBuilder();
    for (JsonObject event : events) {
      lines.append(numbered(event, number++)).append('\n');
    }
    watch.look(source, lines.toString().getBytes(StandardCharsets.UTF_8));
    watch.step();
  }

  private JsonObject failed(String who, String address) {
    return failed(who, address, "acme");
  }

  private JsonObject failed(String who, String address, String tenant) {
    return EventDraft.of(Operation.PERSON_SIGN_IN)
        .part("authority")
        .tenant(tenant)
        .user(who)
        .address(address)
        .refused("password-wrong", "the proof was not accepted")
        .at(now.toEpochMilli());
  }

  @Test
  void aStormOfFailedSignInsIsOneFinding() throws FormatException {
    for (int i = 0; i < 30; i++) {
      report(AUTHORITY, failed("person-" + i, "203.0.113.7"));
    }
    assertThat(before).hasSize(30);
    assertThat(raised).hasSize(1);
    Finding finding = raised.getFirst();
    assertThat(finding.kind()).isEqualTo(Finding.Kind.RULE_MATCHED);
    assertThat(finding.severity()).isEqualTo(Finding.Severity.HIGH);
    assertThat(finding.summary())
        .isEqualTo(
            "A detection rule matched: Storm of failed sign-ins from one address"
                + " (src_endpoint.ip 203.0.113.7). The rule is by The Counterfoil authors.");
    assertThat(finding.detail().strings("events"))
        .hasSize(10)
        .first()
        .isEqualTo("trial/authority 0");
    assertThat(finding.detail().object("who"))
        .hasToString("{\"tenant\":\"acme\",\"actor\":\"person-9\",\"address\":\"203.0.113.7\"}");
    assertThat(finding.detail().string("runbook")).contains("audit search --address");
  }

  @Test
  void whatComesAgainIsCountedOnce() throws FormatException {
    for (int i = 0; i < 9; i++) {
      report(AUTHORITY, failed("person-" + i, "203.0.113.7"));
    }
    number = 0;
    for (int i = 0; i < 9; i++) {
      report(AUTHORITY, failed("other-" + i, "203.0.113.7"));
    }
    assertThat(raised).isEmpty();
    report(AUTHORITY, failed("person-10", "203.0.113.7"));
    assertThat(raised).hasSize(1);
  }

  @Test
  void aNumberThatIsFarTooHighSilencesASourceForNothingThatFollows() throws FormatException {
    number = 1L << 50;
    report(AUTHORITY, failed("person", "203.0.113.8"));
    number = 0;
    for (int i = 0; i < 10; i++) {
      report(AUTHORITY, failed("person-" + i, "203.0.113.7"));
    }
    assertThat(raised).hasSize(1);
  }

  @Test
  void malformedEventsAreOneFindingOfARule() throws FormatException {
    for (int i = 0; i < 5; i++) {
      report(
          SERVICE,
          JsonObject.builder()
              .put("class_uid", 6005)
              .put("time", now.toEpochMilli())
              .put("metadata", JsonObject.builder().put("tenant_uid", "acme").build())
              .put("actor", JsonObject.builder().put("app_uid", "shell-" + i).build())
              .put(
                  "recorded_token",
                  JsonObject.builder().put("uid", "t" + i).put("tenant_uid", "globex").build())
              .build());
    }
    assertThat(raised).hasSize(5);
    assertThat(raised).extracting(Finding::subject).containsOnly(raised.getFirst().subject());
  }

  @Test
  void aServicesWordOnOurOperationsIsNone() throws FormatException {
    for (int i = 0; i < 30; i++) {
      report(SERVICE, failed("person-" + i, "203.0.113.7"));
    }
    assertThat(raised).isEmpty();
  }

  @Test
  void rulesLookAtWhatTheMonitorRecordsItself() throws FormatException {
    watch.own("trial", ownGap());
    watch.step();
    now = now.plus(Duration.ofMinutes(66));
    watch.step();
    assertThat(raised).hasSize(1);
    assertThat(raised.getFirst().summary()).contains("Audit events of a source are missing");
  }

  private AuditEvent ownGap() throws FormatException {
    return AuditEvent.of(
        JsonObject.builder()
            .put("class_uid", 99906001)
            .put("category_uid", 6)
            .put("activity_id", 2)
            .put("type_uid", 9990600102L)
            .put("severity_id", 3)
            .put("time", now.toEpochMilli())
            .put("message", "a gap")
            .put(
                "metadata",
                JsonObject.builder()
                    .put("version", "1.8.0")
                    .put("product", JsonObject.builder().put("name", "Counterfoil").build())
                    .put("profiles", List.of("counterfoil"))
                    .put("tenant_uid", "acme")
                    .put("sequence", 7)
                    .build())
            .put(
                "event_source",
                JsonObject.builder()
                    .put("uid", "trial/mail")
                    .put("missing_from", 1)
                    .put("missing_to", 3)
                    .build())
            .build());
  }

  @Test
  void rulesOfAFolderStandBesideTheShippedOnes(@TempDir Path folder) throws Exception {
    Files.writeString(
        folder.resolve("own.yml"),
        """
        title: Anybody fails to sign in
        level: medium
        author: Somebody
        logsource: {product: counterfoil, service: audit}
        detection:
          failed:
            metadata.event_code: person.sign-in
          condition: failed
        """);
    Files.writeString(folder.resolve("broken.yml"), "title: Nothing");
    RuleSet rules = RuleWatch.withOwn(folder);
    assertThat(rules.all().map(rule -> rule.head().title()))
        .contains("Anybody fails to sign in", "Storm of failed sign-ins from one address");
  }

  @Test
  void whatDoesNotComeIsFoundWithoutAnotherEvent() throws FormatException {
    JsonObject gap =
        JsonObject.builder()
            .put("class_uid", 99906001)
            .put("activity_id", 2)
            .put("time", now.toEpochMilli())
            .put("metadata", JsonObject.builder().put("tenant_uid", "acme").build())
            .put("event_source", JsonObject.builder().put("uid", "trial/mail").build())
            .build();
    report(AUTHORITY, gap);
    now = now.plus(Duration.ofMinutes(60));
    watch.step();
    assertThat(raised).isEmpty();
    now = now.plus(Duration.ofMinutes(6));
    isDatabaseAway = true;
    watch.step();
    isDatabaseAway = false;
    now = now.plus(Duration.ofSeconds(1));
    watch.step();
    assertThat(raised).hasSize(1);
    assertThat(raised.getFirst().summary()).contains("Audit events of a source are missing");
  }

  /** The audit log, in which each event of {@link #AUTHORITY} and of the auditor is. */
  private final List<AuditEvent> log = new ArrayList<>();

  private RuleWatch kept(Path folder) throws IOException {
    RuleWatch one =
        new RuleWatch(
            (source, lines) -> {},
            () -> RuleSet.of(RuleFiles.shipped().documents()),
            this::raise,
            this::raiseOnce,
            () -> now,
            new RuleEngine.Limits(RuleWatch.STATE_BYTES, Duration.ofMinutes(5)));
    one.keepIn(
        folder, log::size, (from, each) -> log.subList((int) from, log.size()).forEach(each));
    return one;
  }

  private void raiseOnce(Finding finding) {
    if (raised.stream().noneMatch(one -> one.subject().equals(finding.subject()))) {
      raise(finding);
    }
  }

  /** Runs until the process ends, or is killed: then it says nothing more. */
  private void run(RuleWatch one, boolean isKilled, Runnable meanwhile)
      throws InterruptedException {
    int[] turns = {0};
    try {
      one.until(
          pause -> {
            if (turns[0] == 1) {
              meanwhile.run();
            }
            if (turns[0] == 3 && isKilled) {
              throw new Killed();
            }
            return turns[0]++ == 3;
          });
    } catch (Killed e) {
      assertThat(isKilled).isTrue();
    }
  }

  private static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /** The authority reports, and the audit log takes it. */
  private void taken(RuleWatch one, JsonObject event) {
    try {
      JsonObject numbered = numbered(event, number++);
      one.look(AUTHORITY, numbered.toString().getBytes(StandardCharsets.UTF_8));
      log.add(AuditEvent.of(numbered).received("trial/authority", now.toEpochMilli()));
    } catch (FormatException e) {
      throw new AssertionError(e);
    }
  }

  private void fails(RuleWatch one, int from, int to) {
    for (int i = from; i < to; i++) {
      taken(one, failed("person-" + i, "203.0.113.7"));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aStormThatGoesOnOverAStartIsOneFinding(boolean isKilled, @TempDir Path folder)
      throws Exception {
    RuleWatch first = kept(folder);
    run(first, false, () -> fails(first, 0, 4));
    RuleWatch second = kept(folder);
    run(second, isKilled, () -> fails(second, 4, 8));
    // Too few for a finding since the last start, and enough in all; what comes again is no more.
    RuleWatch third = kept(folder);
    run(
        third,
        isKilled,
        () -> {
          number = 6;
          log.subList(6, log.size()).clear();
          fails(third, 6, 9);
        });
    assertThat(raised).isEmpty();
    RuleWatch fourth = kept(folder);
    run(fourth, isKilled, () -> fails(fourth, 9, 11));
    assertThat(raised).hasSize(1);
    // What was found before the kill is found again in the log, and is no second finding.
    run(kept(folder), false, () -> {});
    assertThat(raised).hasSize(1);
  }

  /** After a start one source may deliver what is newer before another what was earlier. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatSourcesKeptForAStartIsAwaited(boolean hasTask, @TempDir Path folder) throws Exception {
    run(kept(folder), false, () -> {});
    now = now.plus(Duration.ofHours(1));
    RuleWatch one = kept(folder);
    run(
        one,
        false,
        () -> {
          look(one, ofStaff(6005, "datastore.read", Duration.ofMinutes(30)));
          look(one, failed("person", "203.0.113.8"));
          one.step();
          now = now.plusSeconds(2);
          one.step();
          if (hasTask) {
            look(one, ofStaff(3004, "staff.begin", Duration.ofMinutes(31)));
          }
          one.step();
          now = now.plusSeconds(90);
        });
    assertThat(raised).hasSize(hasTask ? 0 : 1);
  }

  private JsonObject ofStaff(int classUid, String code, Duration ago) {
    return JsonObject.builder()
        .put("class_uid", classUid)
        .put("status_id", 1)
        .put("time", now.minus(ago).toEpochMilli())
        .put(
            "metadata",
            JsonObject.builder().put("tenant_uid", "acme").put("event_code", code).build())
        .put(
            "actor",
            JsonObject.builder()
                .put("user", JsonObject.builder().put("uid", "mallory").put("type_id", 2).build())
                .build())
        .put("databucket", JsonObject.builder().put("name", "alice").put("type", "mailbox").build())
        .build();
  }

  private void look(RuleWatch one, JsonObject event) {
    try {
      one.look(AUTHORITY, numbered(event, number++).toString().getBytes(StandardCharsets.UTF_8));
    } catch (FormatException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void withoutAStateRulesLearnFromTheLogAndSayNothing(@TempDir Path folder) throws Exception {
    fails(kept(folder), 0, 20);
    Files.writeString(folder.resolve("rules.state"), "something else");
    RuleWatch one = kept(folder);
    run(one, false, () -> {});
    // Nothing shows that the source is none of a tenant's, whose word on sign-ins is no proof.
    assertThat(one.stateBytes()).isZero();

    log.clear();
    taken(kept(folder), failed("root", "203.0.113.9", KeyCeiling.OWN_TENANT));
    fails(kept(folder), 0, 9);
    Files.delete(folder.resolve("rules.state"));
    RuleWatch other = kept(folder);
    run(other, false, () -> {});
    assertThat(other.stateBytes()).isPositive();
    assertThat(raised).isEmpty();
    RuleWatch next = kept(folder);
    run(next, false, () -> fails(next, 9, 10));
    assertThat(raised).hasSize(1);
  }

  @Test
  void malformedLinesAndTimesToComeChangeNothing() throws FormatException {
    watch.look(AUTHORITY, "{\n\nnot json\n{\"metadata\":1}".getBytes(StandardCharsets.UTF_8));
    report(AUTHORITY, failed("person", "203.0.113.7").with("time", Long.MAX_VALUE / 4));
    for (int i = 0; i < 9; i++) {
      report(AUTHORITY, failed("person-" + i, "203.0.113.7"));
    }
    assertThat(raised).hasSize(1);
  }

  @Test
  void whatFindsNoRoomIsLeftOut() throws FormatException {
    byte[] large = new byte[(int) RuleWatch.WAITING_MAX];
    java.util.Arrays.fill(large, (byte) '\n');
    watch.look(AUTHORITY, large);
    watch.look(AUTHORITY, "\n".getBytes(StandardCharsets.UTF_8));
    assertThat(before).hasSize(2);
    watch.step();
    for (int i = 0; i < 10; i++) {
      report(AUTHORITY, failed("person-" + i, "203.0.113.7"));
    }
    assertThat(raised).hasSize(1);
  }
}
