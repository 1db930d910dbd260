package dev.counterfoil.monitor.watching;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.monitor.database.Database;
import dev.counterfoil.monitor.findings.FindingStore;
import dev.counterfoil.verifier.SettableClock;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the authority says of the signers it asks, and when that is a finding. */
final class SignerAwayWatchTest {
  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-25T12:00:00Z"));
  @TempDir Path folder;
  private Database database;
  private FindingStore findings;
  private SignerAwayWatch watch;

  @BeforeEach
  void start() throws Exception {
    database = Database.open(folder.resolve("monitor.db"));
    findings = new FindingStore(database.jdbi(), clock, kind -> {});
    watch = new SignerAwayWatch(clock, findings);
  }

  @AfterEach
  void stop() {
    database.close();
  }

  private static JsonObject signer(String name, boolean connected) {
    return JsonObject.builder()
        .put("name", name)
        .put("connected", connected)
        .put("log", name + "g1")
        .build();
  }

  private void says(JsonObject... signers) {
    watch.look("acme", JsonObject.builder().put("signers", List.of(signers)).build());
  }

  private List<String> found() {
    return findings.list(FindingStore.Query.all()).stream()
        .map(FindingStore.Kept::json)
        .map(
            one ->
                one.get("kind")
                    + " "
                    + one.get("severity")
                    + " "
                    + one.get("state")
                    + " "
                    + one.get("count"))
        .toList();
  }

  @Test
  void eachAbsenceOfAMinuteIsAFindingUntilItIsOver() {
    says(signer("s1", false), signer("s2", true));
    clock.advance(SignerAwayWatch.TOLERATED.minusSeconds(1));
    says(signer("s1", false), signer("s2", true));
    assertThat(found()).isEmpty();
    clock.advance(Duration.ofSeconds(1));
    says(signer("s1", false), signer("s2", true));
    says(signer("s1", false), signer("s2", true));
    assertThat(found()).containsExactly("signer-away medium open 1");
    assertThat(findings.list(FindingStore.Query.all()).getFirst().json().toString())
        .contains("\"log\":\"s1g1\"");
    says(signer("s1", true), signer("s2", true));
    assertThat(found()).containsExactly("signer-away medium explained 1");
    assertThat(findings.list(FindingStore.Query.all()).getFirst().json().toString())
        .contains("Over since 2026-11-25T12:01:00Z.");

    says(signer("s1", false), signer("s2", true));
    clock.advance(SignerAwayWatch.TOLERATED);
    says(signer("s1", false), signer("s2", true));
    assertThat(found())
        .as("another absence")
        .containsExactly("signer-away medium explained 1", "signer-away medium open 1");
  }

  @Test
  void oneMoreIsRaisedWhereNobodyIssuesAnyMore() {
    says(signer("s1", false), signer("s10", true));
    clock.advance(SignerAwayWatch.TOLERATED);
    says(signer("s1", false), signer("s10", true));
    says(signer("s1", false), signer("s10", false));
    says(signer("s1", false), signer("s10", false));
    assertThat(found()).containsExactly("signer-away medium open 1", "signer-away high open 1");
    clock.advance(SignerAwayWatch.TOLERATED);
    says(signer("s1", false), signer("s10", false));
    assertThat(found()).hasSize(3).endsWith("signer-away high open 1");

    // A monitor that started since says that the absence of one is over, and of no other.
    watch = new SignerAwayWatch(clock, findings);
    says(signer("s1", true), signer("s10", false));
    assertThat(found())
        .containsExactly(
            "signer-away medium explained 1",
            "signer-away high explained 1",
            "signer-away high open 1");
  }

  @Test
  void whatIsNoSuchAnswerSaysNothing() {
    watch.look("acme", JsonObject.builder().put("signers", "s1").build());
    says(JsonObject.builder().put("name", "s1").build());
    says(signer("no log's name", false));
    clock.advance(SignerAwayWatch.TOLERATED);
    says(signer("no log's name", false));
    assertThat(found()).isEmpty();
  }
}
