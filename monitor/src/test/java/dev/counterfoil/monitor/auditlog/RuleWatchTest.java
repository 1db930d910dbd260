package dev.counterfoil.monitor.auditlog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.audit.access.Source;
import dev.counterfoil.auditclient.EventDraft;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.monitor.findings.Finding;
import dev.counterfoil.rules.RuleFiles;
import dev.counterfoil.rules.RuleSet;
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
    return EventDraft.of(Operation.PERSON_SIGN_IN)
        .part("authority")
        .tenant("acme")
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
