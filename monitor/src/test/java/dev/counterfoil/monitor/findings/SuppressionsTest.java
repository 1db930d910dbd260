package dev.counterfoil.monitor.findings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.monitor.database.Database;
import dev.counterfoil.monitor.findings.Finding.Kind;
import dev.counterfoil.monitor.findings.Finding.Severity;
import dev.counterfoil.monitor.findings.Finding.Subject;
import dev.counterfoil.verifier.SettableClock;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SuppressionsTest {
  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-01T10:00:00Z"));
  @TempDir Path folder;
  private Database database;
  private FindingStore findings;
  private Suppressions suppressions;

  @BeforeEach
  void open() throws Exception {
    database = Database.open(folder.resolve("monitor.db"));
    findings = new FindingStore(database.jdbi(), clock, kind -> {});
    suppressions = new Suppressions(database.jdbi(), findings, clock);
    // A channel is there, so that changes are written for it.
    database
        .jdbi()
        .useHandle(
            handle ->
                handle.execute("INSERT INTO notification_channels (name, told) VALUES ('c', 0)"));
  }

  @AfterEach
  void close() throws Exception {
    database.close();
  }

  private static JsonObject wanted(Kind kind, String rule, String about, long seconds) {
    return JsonObject.builder()
        .put("kind", kind.text())
        .put("rule", rule)
        .put("about", about)
        .put("reason", "a nightly export")
        .put("owner", "alice")
        .put("seconds", seconds)
        .build();
  }

  private JsonObject add(Kind kind, String rule, String about, String by) throws FormatException {
    return suppressions.add(
        Suppressions.Wanted.of("acme", wanted(kind, rule, about, Duration.ofDays(1).toSeconds())),
        by);
  }

  private void raise(Kind kind, Severity severity, String rule, String client, String subject) {
    findings.raise(
        new Finding(
            kind,
            severity,
            "acme",
            Subject.of("acme", subject),
            clock.instant(),
            1,
            "a summary that names robot",
            JsonObject.builder()
                .put("rule", rule)
                .put("who", JsonObject.builder().put("client", client).build())
                .build()));
  }

  private List<String> states() {
    return findings.list(FindingStore.Query.all()).stream()
        .map(one -> String.valueOf(one.json().get("state")))
        .toList();
  }

  private List<String> told() {
    return new FindingChanges(database.jdbi())
        .after(0, 100).stream().map(one -> one.what().name()).toList();
  }

  @ParameterizedTest
  @CsvSource({
    "r1, robot, MEDIUM, suppressed",
    "r2, robot, MEDIUM, open",
    "r1, person, MEDIUM, open",
    "r1, robot, CRITICAL, open"
  })
  void itCoversWhatItNamesAndNothingThatIsCritical(
      String rule, String client, Severity severity, String state) throws Exception {
    add(Kind.RULE_MATCHED, "r1", "robot", "alice");
    raise(Kind.RULE_MATCHED, severity, rule, client, "one");
    assertThat(states()).containsExactly(state);
    assertThat(told()).hasSize(state.equals("open") ? 1 : 0);
  }

  @Test
  void whatWasSuppressedDoesNotComeBackAndIsToldWhenItIsSeenAgain() throws Exception {
    add(Kind.RULE_MATCHED, "r1", "", "alice");
    raise(Kind.RULE_MATCHED, Severity.HIGH, "r1", "robot", "one");
    clock.advance(Duration.ofDays(2));
    assertThat(states()).containsExactly("suppressed");
    assertThat(told()).isEmpty();
    raise(Kind.RULE_MATCHED, Severity.HIGH, "r1", "robot", "one");
    // Another one: incidents and playbooks passed the first one by.
    assertThat(states()).containsExactly("explained", "open");
    assertThat(told()).containsExactly("RAISED");
    // The control: a new one is told as ever.
    raise(Kind.RULE_MATCHED, Severity.HIGH, "r1", "robot", "two");
    assertThat(told()).containsExactly("RAISED", "RAISED");
  }

  @Test
  void whatIsOpenIsCoveredToo() throws Exception {
    raise(Kind.RULE_MATCHED, Severity.HIGH, "r1", "robot", "one");
    raise(Kind.RULE_MATCHED, Severity.HIGH, "r2", "robot", "two");
    JsonObject one = add(Kind.RULE_MATCHED, "r1", "", "alice");
    assertThat(states()).containsExactly("suppressed", "open");
    suppressions.end(one.number("id"), Optional.of("acme"), "bob");
    assertThat(states()).as("what it covered stays").containsExactly("suppressed", "open");
    raise(Kind.RULE_MATCHED, Severity.HIGH, "r1", "robot", "three");
    assertThat(states()).containsExactly("suppressed", "open", "open");
  }

  @Test
  void aStolenKeyIsSilencedByTwoPersonsAlone() throws Exception {
    JsonObject waiting = add(Kind.FORGED_TOKEN, "", "", "alice");
    assertThat(waiting.string("state")).isEqualTo("waiting");
    raise(Kind.FORGED_TOKEN, Severity.CRITICAL, "", "robot", "one");
    assertThat(states()).containsExactly("open");
    long id = waiting.number("id");
    assertThatThrownBy(() -> suppressions.approve(id, Optional.empty(), "alice"))
        .hasMessageContaining("another person");
    assertThatThrownBy(() -> suppressions.approve(id, Optional.of("other"), "bob"))
        .isInstanceOf(FormatException.class);
    assertThat(suppressions.approve(id, Optional.empty(), "bob").string("state"))
        .isEqualTo("in-force");
    assertThat(states()).containsExactly("suppressed");
  }

  /** With sudo one operator is root and the monitor's user: those are not two persons. */
  @ParameterizedTest
  @CsvSource({
    "socket:root, socket:counterfoil, over HTTP",
    "socket:root, socket:root, over HTTP",
    "alice, client:robot, token of a person",
    "alice, alice, another person",
    "socket:root, alice, ''",
    "alice, socket:root, ''"
  })
  void atMostOneOfTheTwoIsAtTheSocketAndNoneIsAClient(String added, String by, String refused)
      throws Exception {
    long id = add(Kind.FORGED_TOKEN, "", "", added).number("id");
    if (refused.isEmpty()) {
      assertThat(suppressions.approve(id, Optional.empty(), by).string("state"))
          .isEqualTo("in-force");
    } else {
      assertThatThrownBy(() -> suppressions.approve(id, Optional.empty(), by))
          .hasMessageContaining(refused);
      assertThat(suppressions.list(Optional.empty(), false).getFirst().string("state"))
          .isEqualTo("waiting");
    }
  }

  @Test
  void aClientAddsOnlyWhatTakesOnePerson() throws Exception {
    assertThatThrownBy(() -> add(Kind.FORGED_TOKEN, "", "", "client:robot"))
        .hasMessageContaining("token of a person");
    assertThat(add(Kind.RULE_MATCHED, "r1", "", "client:robot").string("state"))
        .isEqualTo("in-force");
  }

  @ParameterizedTest
  @EnumSource(
      value = Kind.class,
      names = {
        "FORGED_TOKEN",
        "DIGEST_DIFFERS",
        "KEY_OUT_OF_SCOPE",
        "UNKNOWN_KEY",
        "WITHDRAWN_KEY_USED",
        "CANARY_KEY_USED",
        "LOG_FORK",
        "SPLIT_VIEW",
        "AUDIT_LOG_CHANGED",
        "COUNTERFOIL_MISSING",
        "COUNTERFOIL_DAMAGED",
        "CLOCK_OFF",
        "REPORTER_GAP"
      })
  void whatShowsAnAttackerTakesTwoAndEndsInAWeek(Kind kind) throws Exception {
    long week = Duration.ofDays(7).toSeconds();
    assertThat(Suppressions.Wanted.of("acme", wanted(kind, "", "", week)).persons()).isEqualTo(2);
    assertThatThrownBy(() -> Suppressions.Wanted.of("acme", wanted(kind, "", "", week + 1)))
        .isInstanceOf(FormatException.class);
  }

  @Test
  void oneWithoutAReasonOrAnEndIsRefused() {
    JsonObject good = wanted(Kind.RULE_MATCHED, "", "", 60);
    for (JsonObject bad :
        List.of(
            good.with("reason", " "),
            good.with("owner", ""),
            good.with("seconds", 0),
            good.with("seconds", Duration.ofDays(91).toSeconds()),
            good.with("kind", Kind.WATCH_PROBE.text()),
            good.with("kind", Kind.SIGNER_AWAY.text()).with("rule", "r1"))) {
      assertThatThrownBy(() -> Suppressions.Wanted.of("acme", bad))
          .as(bad.toString())
          .isInstanceOf(FormatException.class);
    }
  }

  @Test
  void feedbackCountsForItsRule() throws Exception {
    FindingFeedback feedback = new FindingFeedback(database.jdbi(), clock);
    raise(Kind.RULE_MATCHED, Severity.HIGH, "r1", "robot", "one");
    raise(Kind.RULE_MATCHED, Severity.HIGH, "r1", "robot", "two");
    feedback.say(1, Optional.of("acme"), "true-positive", "alice", "");
    feedback.say(1, Optional.of("acme"), "false-positive", "bob", "it was a drill");
    assertThat(feedback.byRule(0)).containsEntry("r1", new FindingFeedback.OfRule(2, 0, 1, 0));
    assertThatThrownBy(() -> feedback.say(1, Optional.of("other"), "true-positive", "eve", ""))
        .hasMessageContaining("no finding 1");
  }
}
