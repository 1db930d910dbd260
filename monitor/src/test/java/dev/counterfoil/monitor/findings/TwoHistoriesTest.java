package dev.counterfoil.monitor.findings;

import static dev.counterfoil.monitor.findings.TokenStanding.NOT_SIGNED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.monitor.database.Database;
import dev.counterfoil.monitor.findings.Finding.Kind;
import dev.counterfoil.monitor.findings.Finding.Severity;
import dev.counterfoil.monitor.findings.Finding.Subject;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What is said of tokens that a log with two histories does not have. */
final class TwoHistoriesTest {
  private static final String SIGNED = "The signature is valid, so " + Finding.USED_OUTSIDE + ".";

  @TempDir Path folder;
  private Database database;
  private FindingStore findings;

  @BeforeEach
  void open() throws Exception {
    database = Database.open(folder.resolve("monitor.db"));
    findings = new FindingStore(database.jdbi(), InstantSource.system(), kind -> {});
  }

  @AfterEach
  void close() {
    database.close();
  }

  private void raise(Kind kind, String domain, Subject subject, String summary) {
    findings.raise(
        new Finding(
            kind,
            Severity.CRITICAL,
            domain,
            subject,
            Instant.now(),
            1,
            summary,
            JsonObject.builder()
                .put(
                    "presented",
                    JsonObject.builder().put("counterfoil", false).put("signature", "good").build())
                .build()));
  }

  private void forged(String domain, String log, long position) {
    String id = log + "." + position;
    raise(
        Kind.FORGED_TOKEN,
        domain,
        new Subject("key", domain + id, domain + id, null, log, position, false),
        SIGNED);
  }

  private List<String> summaries() {
    return findings.list(FindingStore.Query.all()).stream()
        .filter(kept -> "forged-token".equals(kept.json().get("kind")))
        .map(kept -> String.valueOf(kept.json().get("summary")))
        .toList();
  }

  @ParameterizedTest
  @EnumSource(names = {"SPLIT_VIEW", "LOG_FORK", "LOG_ROLLBACK"})
  void oneThatMayBeOfTheOtherHistoryIsNotSaidToShowATheft(Kind kind) {
    forged("main", "s1g1", 1);
    forged("main", "s1g10", 1);
    forged("side", "s1g1", 1);
    raise(kind, "main", Subject.of("main", "s1g1/9/mail"), "Two roots.");
    forged("main", "s1g1", 2);
    raise(kind, "main", Subject.of("main", "s1g1/10/mail"), "Two roots.");
    assertThat(TwoHistories.in(database.jdbi()).test("main", "s1g1")).isTrue();
    assertThat(summaries()).hasSize(4);
    for (String of : List.of(summaries().getFirst(), summaries().getLast())) {
      assertThat(of)
          .contains("outside the signer, unless the token is of its log's other history.")
          .containsOnlyOnce("Log s1g1 has two histories. This may be an honest token");
    }
    assertThat(summaries().subList(1, 3))
        .as("the control: of another log, of another domain's")
        .containsExactly(SIGNED, SIGNED);
    List<ForgedByKey> keys = new ArrayList<>();
    findings.forgedByKey(keys::add);
    assertThat(keys).containsExactly(new ForgedByKey("key", 4, 2));
    assertThat(TwoHistories.in(database.jdbi()).test("main", "s1g10")).isFalse();
    assertThat(TwoHistories.in(database.jdbi()).test("side", "s1g1")).isFalse();
  }

  /** The kind of a token's finding, whether its log was put back, and what is said of the token. */
  @ParameterizedTest
  @CsvSource({
    "FORGED_TOKEN, false, NOT_SIGNED",
    "FORGED_TOKEN, true, TWO_HISTORIES",
    "DIGEST_DIFFERS, false, NOT_SIGNED",
    "DIGEST_DIFFERS, true, TWO_HISTORIES",
    "WITHDRAWN_KEY_USED, false, NOT_SIGNED",
    "WITHDRAWN_KEY_USED, true, TWO_HISTORIES",
    "KEY_OUT_OF_SCOPE, true, NOT_SIGNED",
    "LOG_ROLLBACK, false, TWO_HISTORIES",
    "UNPROVEN_TOKEN, false, UNPROVEN",
    "UNPROVEN_TOKEN, true, UNPROVEN",
  })
  void aTokenStandsAsItsFindingAndItsLogSay(Kind kind, boolean isPutBack, TokenStanding standing) {
    raise(kind, "main", new Subject("key", "t", "s1g1.1", null, "s1g1", 1L, false), SIGNED);
    raise(Kind.LOG_FORK, isPutBack ? "main" : "side", Subject.of("main", "s1g1/9/mail"), "Two.");
    assertThat(findings.standing("key", "t")).isEqualTo(standing);
    assertThat(findings.standing("other", "t")).as("no finding").isEqualTo(NOT_SIGNED);
  }

  /** The log continued without what the authority handed out. */
  @Test
  void aTokenThatItsLogLostTellsOfItToo() {
    raise(
        Kind.LOG_ROLLBACK,
        "main",
        new Subject("key", "other", "s1g1.7", null, "s1g1", 7L, false),
        "Lost.");
    forged("main", "s1g1", 8);
    assertThat(summaries().getFirst()).contains("has two histories");
  }
}
