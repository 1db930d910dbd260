package dev.counterfoil.monitor.watching;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.monitor.findings.Finding;
import dev.counterfoil.verifier.SettableClock;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What signer and registrar found in their logs, and when that is a finding. */
final class LogDamageWatchTest {
  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-25T12:00:00Z"));
  private final List<Finding> findings = new ArrayList<>();
  private final LogDamageWatch watch = new LogDamageWatch(clock, findings::add);

  private static JsonObject health(String answer) {
    try {
      return StrictJson.object(answer.getBytes(StandardCharsets.UTF_8), AuthorityHealth.BYTES_MAX);
    } catch (FormatException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private void says(List<JsonObject> damage, List<JsonObject> repaired) {
    says("acme", damage, repaired);
  }

  private void says(String domain, List<JsonObject> damage, List<JsonObject> repaired) {
    watch.look(
        domain,
        JsonObject.builder()
            .put("ready", false)
            .put("damage", damage)
            .put("repaired", repaired)
            .build());
  }

  private static List<JsonObject> place(String process, String log, String text) {
    return List.of(
        JsonObject.builder().put("process", process).put("log", log).put("text", text).build());
  }

  private List<String> found() {
    return findings.stream()
        .map(one -> one.kind().text() + " " + one.severity().text() + " " + one.subject().token())
        .toList();
  }

  @Test
  void whatWasFoundInALogIsAFindingOnceADay() {
    List<JsonObject> differed = place("signer", "s1g1", "level-1 differed");
    List<JsonObject> damaged = place("signer", "s1g1", "record 7 is damaged");
    says(List.of(), List.of());
    assertThat(findings).isEmpty();
    says(List.of(), differed);
    says(List.of(), differed);
    assertThat(found()).containsExactly("log-repaired low acme signer log s1g1 2026-11-25");
    says(damaged, differed);
    says(damaged, differed);
    assertThat(found())
        .hasSize(2)
        .endsWith("log-damaged high acme signer log s1g1 2026-11-25")
        .satisfies(_ -> assertThat(findings.getLast().summary()).contains("record 7 is damaged"));
    // Mended, and damaged again.
    says(List.of(), List.of());
    says(damaged, List.of());
    assertThat(findings).as("on the same day").hasSize(2);
    clock.advance(Duration.ofDays(1));
    says(damaged, List.of());
    assertThat(findings).as("it stands").hasSize(2);
    says(List.of(), List.of());
    says(damaged, List.of());
    assertThat(found()).hasSize(3).endsWith("log-damaged high acme signer log s1g1 2026-11-26");
  }

  /** Each text is another, and so is each log's name: there is nothing in it that is not his. */
  @Test
  void aSignerThatSaysSomethingElseAtEachLookFloodsNothingAndHidesNoOther() {
    for (int look = 0; look < 500; look++) {
      says(place("signer", "l" + look, "record " + look + " is damaged"), List.of());
    }
    assertThat(found())
        .hasSize(LogDamageWatch.LOGS_MAX + 1)
        .endsWith("log-damaged high acme signer more logs 2026-11-25");
    says(place("signer-s2", "s2g1", "record 7 is damaged"), List.of());
    assertThat(found())
        .hasSize(LogDamageWatch.LOGS_MAX + 2)
        .endsWith("log-damaged high acme signer-s2 log s2g1 2026-11-25");
  }

  @Test
  void anAuthorityThatSaysNonsenseChangesNothing() {
    List<JsonObject> damaged = place("signer", "s1g1", "record 7 is damaged");
    says(damaged, List.of());
    for (String nonsense : List.of("{}", "{\"damage\":7}", "{\"damage\":[7],\"repaired\":[]}")) {
      watch.look("acme", health(nonsense));
    }
    says(place("signer", "no log", "record 7 is damaged"), List.of());
    says(damaged, List.of());
    assertThat(findings).hasSize(1);
  }

  @Test
  void whatTwoDomainsSayInTheSameWordsIsTwoFindings() {
    says("acme", place("signer", "s1g1", "record 7 is damaged"), List.of());
    says("globex", place("signer", "s1g1", "record 7 is damaged"), List.of());
    assertThat(findings)
        .extracting(one -> one.subject().token())
        .doesNotHaveDuplicates()
        .hasSize(2);
  }
}
