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
import java.util.List;
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
    findings.raise(finding(kind, kid, signature, counterfoil));
  }

  private Finding finding(Kind kind, String kid, String signature, boolean counterfoil) {
    return new Finding(
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
            .build());
  }

  private Map<String, Long> counts() {
    Map<String, Long> counts = new HashMap<>();
    findings.forgedByKey(key -> counts.put(key.kid(), key.count()));
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

  private void reported(String client, String signature) {
    JsonObject presented =
        JsonObject.builder()
            .put("counterfoil", false)
            .put("signature", signature)
            .put("sub", "as " + client + " says")
            .build();
    findings.raise(
        new Finding(
            Kind.FORGED_TOKEN,
            Severity.CRITICAL,
            "main",
            new Subject("a", "one", null, null, null, null, false),
            Instant.EPOCH,
            1,
            "found",
            JsonObject.builder()
                .put("reported_by", client)
                .put("reporter", "0")
                .put("reporters", List.of(client))
                .put("sighting", 7)
                .put(
                    "presented",
                    client.equals("first") ? presented.with("released", true) : presented)
                .build()));
  }

  /** Who reports a token first pins no evidence, and whoever proves less changes none. */
  @Test
  void theReportThatProvesMostIsTheEvidence() throws Exception {
    record Row(String client, String signature, String evidenceOf) {}
    for (Row row :
        List.of(
            new Row("first", "not-checked", "first"),
            new Row("bad", "bad", "first"),
            new Row("says", "good-says-reporter", "says"),
            new Row("says-too", "good-says-reporter", "says"),
            new Row("proves", "good", "proves"),
            new Row("bad-again", "bad", "proves"),
            new Row("says-again", "good-says-reporter", "proves"),
            new Row("proves-too", "good", "proves"))) {
      reported(row.client(), row.signature());
      JsonObject detail =
          findings.list(FindingStore.Query.all()).getFirst().json().object("detail");
      assertThat(detail.string("reported_by")).as(row.client()).isEqualTo(row.evidenceOf());
      assertThat(detail.object("presented").string("sub"))
          .isEqualTo("as " + row.evidenceOf() + " says");
      assertThat(detail.object("presented").truth("released")).as("what is remembered").isTrue();
      assertThat(detail.strings("reporters")).contains(row.client());
    }
    assertThat(findings.list(FindingStore.Query.all())).hasSize(1);
    assertThat(counts()).isEqualTo(Map.of("a", 1L));
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
    // In one transaction: each of its own waits for the disk.
    database
        .jdbi()
        .useTransaction(
            handle -> {
              for (int i = 0; i < FindingStore.PAGE_MAX + 1; i++) {
                findings.raise(handle, finding(Kind.FORGED_TOKEN, "a", "not-checked", false));
              }
            });
    found(Kind.DIGEST_DIFFERS, "a", "good", false);
    assertThat(counts()).isEqualTo(Map.of("a", 1L));
  }
}
