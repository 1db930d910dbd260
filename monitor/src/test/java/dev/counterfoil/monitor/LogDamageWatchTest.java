package dev.counterfoil.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.verifier.SettableClock;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What signer and registrar found in their logs, and when that is a finding. */
final class LogDamageWatchTest {
  private static final String ISSUER = "https://login.example/acme";

  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-25T12:00:00Z"));
  private final List<Finding> findings = new ArrayList<>();
  private final LogDamageWatch watch = new LogDamageWatch(this::read, clock, findings::add);
  private String answer = "";

  private byte[] read(URI uri, int bytesMax) throws IOException {
    assertThat(uri).hasToString(ISSUER + "/health/ready");
    if (answer.isEmpty()) {
      throw new IOException("status 503");
    }
    return answer.getBytes(StandardCharsets.UTF_8);
  }

  private void says(String damage, String repaired) {
    answer = "{\"ready\":true,\"damage\":[" + damage + "],\"repaired\":[" + repaired + "]}";
    watch.look("acme", ISSUER);
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
    assertThat(found()).containsExactly("log-repaired low level-1 differed");
    says("\"record 7 is damaged\"", "\"level-1 differed\"");
    says("\"record 7 is damaged\"", "\"level-1 differed\"");
    assertThat(found())
        .containsExactly(
            "log-repaired low level-1 differed", "log-damaged high record 7 is damaged");
    // Mended, and damaged again.
    says("", "");
    says("\"record 7 is damaged\"", "");
    assertThat(findings).hasSize(3);
  }

  @Test
  void anAuthorityThatDoesNotAnswerOrSaysNonsenseChangesNothing() {
    says("\"record 7 is damaged\"", "");
    for (String nonsense : List.of("", "no JSON", "{}", "{\"damage\":7}")) {
      answer = nonsense;
      watch.look("acme", ISSUER);
    }
    says("\"record 7 is damaged\"", "");
    assertThat(findings).hasSize(1);
  }
}
