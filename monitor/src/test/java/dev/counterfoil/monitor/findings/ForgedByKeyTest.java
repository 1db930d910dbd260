package dev.counterfoil.monitor.findings;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.monitor.database.Database;
import dev.counterfoil.monitor.findings.Finding.Kind;
import dev.counterfoil.monitor.findings.Finding.Severity;
import dev.counterfoil.monitor.findings.Finding.Subject;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which findings say that a key signed a token outside its signer. */
class ForgedByKeyTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  @SuppressWarnings("NullAway.Init") // before each test
  private Database database;

  @SuppressWarnings("NullAway.Init") // before each test
  private FindingStore findings;

  private int tokens;

  @BeforeEach
  void open() throws Exception {
    database = Database.open(folder.resolve("monitor.db"));
    findings = new FindingStore(database.jdbi(), InstantSource.fixed(Instant.EPOCH), _ -> {});
  }

  @AfterEach
  void close() throws Exception {
    database.close();
  }

  private void found(Kind kind, String kid, String signature, boolean counterfoil) {
    findings.raise(
        new Finding(
            kind,
            Severity.CRITICAL,
            "main",
            new Subject(kid, "token" + tokens++, null, null, null, null, false),
            Instant.EPOCH,
            1,
            "found",
            JsonObject.builder()
                .put(
                    "presented",
                    JsonObject.builder()
                        .put("counterfoil", counterfoil)
                        .put("signature", signature)
                        .build())
                .build()));
  }

  private Map<String, Long> counts() {
    Map<String, Long> counts = new HashMap<>();
    findings.forgedByKey(counts::put);
    return counts;
  }

  @Test
  void aGoodSignatureWithoutACounterfoilCountsWhateverTheKind() {
    found(Kind.FORGED_TOKEN, "a", "good", false);
    found(Kind.DIGEST_DIFFERS, "a", "good", false);
    found(Kind.KEY_OUT_OF_SCOPE, "b", "good", false);
    found(Kind.WITHDRAWN_KEY_USED, "c", "good", false);
    found(Kind.FORGED_TOKEN, "d", "good-says-reporter", false);
    assertThat(counts()).isEqualTo(Map.of("a", 2L, "b", 1L, "c", 1L, "d", 1L));
  }

  @Test
  void whatTheKeyDidNotSignOrItsSignerComposedDoesNotCount() {
    found(Kind.DIGEST_DIFFERS, "a", "bad", false);
    found(Kind.FORGED_TOKEN, "a", "not-checked", false);
    found(Kind.KEY_OUT_OF_SCOPE, "a", "good", true);
    found(Kind.WITHDRAWN_KEY_USED, "a", "good", true);
    found(Kind.UNPROVEN_TOKEN, "a", "good", false);
    findings.raise(
        new Finding(
            Kind.LOG_FORK,
            Severity.CRITICAL,
            "main",
            Subject.of("s1g1"),
            Instant.EPOCH,
            1,
            "found",
            JsonObject.builder().build()));
    assertThat(counts()).isEmpty();
  }

  @Test
  void whatWasExplainedDoesNotCount() {
    found(Kind.DIGEST_DIFFERS, "a", "good", false);
    found(Kind.DIGEST_DIFFERS, "a", "good", false);
    findings.explain(findings.list(FindingStore.Query.all()).getFirst().id());
    assertThat(counts()).isEqualTo(Map.of("a", 1L));
  }

  @Test
  void aFloodHidesNoKey() {
    for (int i = 0; i < FindingStore.PAGE_MAX + 1; i++) {
      found(Kind.FORGED_TOKEN, "a", "not-checked", false);
    }
    found(Kind.DIGEST_DIFFERS, "a", "good", false);
    assertThat(counts()).isEqualTo(Map.of("a", 1L));
  }
}
