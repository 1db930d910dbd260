package dev.counterfoil.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.monitor.findings.Finding;
import dev.counterfoil.verifier.SettableClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the authority says of the signers it asks, and when that is a finding. */
final class SignerAwayWatchTest {
  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-25T12:00:00Z"));
  private final List<Finding> findings = new ArrayList<>();
  private final SignerAwayWatch watch = new SignerAwayWatch(clock, findings::add);

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
    return findings.stream()
        .map(one -> one.kind().text() + " " + one.severity().text() + " " + one.subject().token())
        .toList();
  }

  @Test
  void oneThatIsAwayForAMinuteIsAFindingOnceUntilItIsBack() {
    says(signer("s1", false), signer("s2", true));
    clock.advance(SignerAwayWatch.TOLERATED.minusSeconds(1));
    says(signer("s1", false), signer("s2", true));
    assertThat(findings).isEmpty();
    clock.advance(Duration.ofSeconds(1));
    says(signer("s1", false), signer("s2", true));
    says(signer("s1", false), signer("s2", true));
    assertThat(found()).containsExactly("signer-away medium acme s1");
    assertThat(findings.getFirst().detail().toString()).contains("\"log\":\"s1g1\"");
    says(signer("s1", true), signer("s2", true));
    says(signer("s1", false), signer("s2", false));
    clock.advance(SignerAwayWatch.TOLERATED);
    says(signer("s1", false), signer("s2", false));
    assertThat(found()).hasSize(3).endsWith("signer-away high acme s2");
  }

  @Test
  void whatIsNoSuchAnswerSaysNothing() {
    watch.look("acme", JsonObject.builder().put("signers", "s1").build());
    says(JsonObject.builder().put("name", "s1").build());
    says(signer("no log's name", false));
    clock.advance(SignerAwayWatch.TOLERATED);
    says(signer("no log's name", false));
    assertThat(findings).isEmpty();
  }
}
