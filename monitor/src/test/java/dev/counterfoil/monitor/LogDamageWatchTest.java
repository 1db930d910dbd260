package dev.counterfoil.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.StrictJson;
import dev.counterfoil.verifier.SettableClock;
import java.nio.charset.StandardCharsets;
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

  private void says(String damage, String repaired) {
    says("acme", damage, repaired);
  }

  private void says(String domain, String damage, String repaired) {
    watch.look(
        domain,
        health("{\"ready\":false,\"damage\":[" + damage + "],\"repaired\":[" + repaired + "]}"));
  }

  private List<String> found() {
    return findings.stream()
        .map(one -> one.kind().text() + " " + one.severity().text() + " " + one.subject().token())
        .toList();
  }

  @Test
  void eachThingThatWasFoundIsAFindingOnce() {
    says("", "");
    assertThat(findings).isEmpty();
    says("", "\"level-1 differed\"");
    says("", "\"level-1 differed\"");
    assertThat(found()).containsExactly("log-repaired low acme level-1 differed");
    says("\"record 7 is damaged\"", "\"level-1 differed\"");
    says("\"record 7 is damaged\"", "\"level-1 differed\"");
    assertThat(found())
        .containsExactly(
            "log-repaired low acme level-1 differed", "log-damaged high acme record 7 is damaged");
    // Mended, and damaged again.
    says("", "");
    says("\"record 7 is damaged\"", "");
    assertThat(findings).hasSize(3);
  }

  @Test
  void anAuthorityThatSaysNonsenseChangesNothing() {
    says("\"record 7 is damaged\"", "");
    for (String nonsense : List.of("{}", "{\"damage\":7}")) {
      watch.look("acme", health(nonsense));
    }
    says("\"record 7 is damaged\"", "");
    assertThat(findings).hasSize(1);
  }

  @Test
  void whatTwoDomainsSayInTheSameWordsIsTwoFindings() {
    says("acme", "\"log s1g1: record 7 is damaged\"", "");
    says("globex", "\"log s1g1: record 7 is damaged\"", "");
    assertThat(findings)
        .extracting(one -> one.subject().token())
        .doesNotHaveDuplicates()
        .hasSize(2);
  }
}
