package dev.counterfoil.monitor.watching;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.monitor.database.Database;
import dev.counterfoil.monitor.findings.FindingStore;
import dev.counterfoil.verifier.SettableClock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the authority says of the cosigners it asks, and when that is a finding. */
final class CosignerWatchTest {
  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-25T12:00:00Z"));
  @TempDir Path folder;
  private Database database;
  private FindingStore findings;
  private CosignerWatch watch;

  @BeforeEach
  void start() throws Exception {
    database = Database.open(folder.resolve("monitor.db"));
    findings = new FindingStore(database.jdbi(), clock, kind -> {});
    watch = new CosignerWatch(clock, findings);
  }

  @AfterEach
  void stop() {
    database.close();
  }

  private static JsonObject health(String answer) {
    try {
      return StrictJson.object(answer.getBytes(StandardCharsets.UTF_8), AuthorityHealth.BYTES_MAX);
    } catch (FormatException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private void says(String cosigners) {
    says("acme", cosigners);
  }

  private void says(String domain, String cosigners) {
    watch.look(domain, health("{\"ready\":false,\"cosigners\":[" + cosigners + "]}"));
  }

  private static String failing(String name) {
    return failing(name, "s1g1");
  }

  private static String failing(String name, String log) {
    return "{\"name\":\"%s\",\"log\":\"%s\",\"healthy\":false,\"size\":7,\"problem\":\"it answers 500\"}"
        .formatted(name, log);
  }

  private static String healthy(String name) {
    return "{\"name\":\"%s\",\"log\":\"s1g1\",\"healthy\":true,\"size\":9}".formatted(name);
  }

  private List<JsonObject> findings() {
    return findings.list(FindingStore.Query.all()).stream().map(FindingStore.Kept::json).toList();
  }

  private List<String> found() {
    return findings().stream().map(CosignerWatchTest::text).toList();
  }

  private static String text(JsonObject finding) {
    JsonObject detail = finding.get("detail") instanceof JsonObject one ? one : finding;
    return "%s %s %s/%s %s x%s"
        .formatted(
            finding.get("kind"),
            finding.get("domain"),
            detail.get("cosigner"),
            detail.get("log"),
            finding.get("state"),
            finding.get("count"));
  }

  @Test
  void oneThatNobodyAskedYetIsNoFindingAndOneThatNeverCosignedIs() {
    String unasked = "{\"name\":\"w1\",\"log\":\"s1g1\",\"healthy\":false}";
    String never = failing("w2").replace("\"size\":7,", "");
    says(unasked + "," + never);
    clock.advance(CosignerWatch.TOLERATED.plusSeconds(1));
    says(unasked + "," + never);
    assertThat(found()).singleElement().asString().contains("w2/s1g1");
  }

  @Test
  void oneThatFailsForAMinuteIsAFindingOnceUntilItIsWellAgain() {
    says(failing("w1") + "," + healthy("w2"));
    clock.advance(CosignerWatch.TOLERATED.minusSeconds(1));
    says(failing("w1") + "," + healthy("w2"));
    assertThat(found()).isEmpty();
    clock.advance(Duration.ofSeconds(1));
    says(failing("w1") + "," + healthy("w2"));
    says(failing("w1") + "," + healthy("w2"));
    assertThat(found()).containsExactly("cosigner-failing acme w1/s1g1 open x1");
    assertThat(findings().getFirst().toString()).contains("it answers 500");
    says(healthy("w1") + "," + healthy("w2"));
    assertThat(found()).containsExactly("cosigner-failing acme w1/s1g1 explained x1");
    assertThat(findings().getFirst().toString()).contains("Over since 2026-11-25T12:01:00Z.");
    says(failing("w1") + "," + healthy("w2"));
    clock.advance(CosignerWatch.TOLERATED);
    says(failing("w1") + "," + healthy("w2"));
    assertThat(found())
        .containsExactly(
            "cosigner-failing acme w1/s1g1 explained x1", "cosigner-failing acme w1/s1g1 open x1");
  }

  @Test
  void whatIsOverOfOneIsOverOfNoOtherAndAlsoAfterAStart() {
    String others = failing("w10") + "," + failing("w1", "s1g10") + ",";
    says(others + failing("w1"));
    clock.advance(CosignerWatch.TOLERATED);
    says(others + failing("w1"));
    watch = new CosignerWatch(clock, findings);
    // An authority that starts has asked nobody yet: that ends nothing.
    says("{\"name\":\"w1\",\"log\":\"s1g1\",\"healthy\":false}");
    assertThat(found()).hasSize(3).allMatch(one -> one.endsWith("open x1"));
    says(others + healthy("w1"));
    assertThat(found())
        .containsExactly(
            "cosigner-failing acme w10/s1g1 open x1",
            "cosigner-failing acme w1/s1g10 open x1",
            "cosigner-failing acme w1/s1g1 explained x1");
  }

  @Test
  void whatWasRaisedOfOneThatIsNotAskedAnyMoreIsOver() {
    says(failing("w1"));
    clock.advance(CosignerWatch.TOLERATED);
    says(failing("w1"));
    says("{\"name\":\"w1\",\"log\":\"s1g1\",\"healthy\":false}");
    says(failing("w1"));
    assertThat(found()).as("the same one").containsExactly("cosigner-failing acme w1/s1g1 open x1");
    says(healthy("w2"));
    assertThat(found()).containsExactly("cosigner-failing acme w1/s1g1 explained x1");
  }

  @Test
  void oneThatCosignsOneLogAndNotAnotherIsAFindingAboutThatOne() {
    says(failing("w1", "d1g1") + "," + healthy("w1"));
    clock.advance(CosignerWatch.TOLERATED);
    says(failing("w1", "d1g1") + "," + healthy("w1"));
    assertThat(found()).containsExactly("cosigner-failing acme w1/d1g1 open x1");
  }

  @Test
  void oneThatIsNotAskedAnyMoreIsForgotten() {
    says(failing("w1"));
    says(healthy("w2"));
    clock.advance(CosignerWatch.TOLERATED);
    says(failing("w1"));
    assertThat(found()).isEmpty();
  }

  @Test
  void anAuthorityThatSaysNonsenseChangesNothing() {
    says(failing("w1"));
    clock.advance(CosignerWatch.TOLERATED);
    for (String nonsense : List.of("{}", "{\"cosigners\":[{\"name\":3}]}")) {
      watch.look("acme", health(nonsense));
    }
    assertThat(found()).isEmpty();
    says(failing("w1"));
    assertThat(found()).containsExactly("cosigner-failing acme w1/s1g1 open x1");
  }

  @Test
  void oneThatFailsForTwoDomainsIsTwoFindings() {
    for (String domain : List.of("acme", "globex")) {
      says(domain, failing("w1"));
    }
    clock.advance(CosignerWatch.TOLERATED);
    for (String domain : List.of("acme", "globex")) {
      says(domain, failing("w1"));
    }
    assertThat(found())
        .containsExactly(
            "cosigner-failing acme w1/s1g1 open x1", "cosigner-failing globex w1/s1g1 open x1");
  }
}
