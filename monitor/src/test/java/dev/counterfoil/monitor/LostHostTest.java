package dev.counterfoil.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.custodian.issuer.RecordedIssuer;
import dev.counterfoil.monitor.judging.TestMonitor;
import dev.counterfoil.verifier.SettableClock;
import dev.counterfoil.verifier.TestKeys;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the monitor tells when it starts and nobody answers for a log any more. */
final class LostHostTest {
  @TempDir Path folder;
  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-01T10:00:00Z"));
  private final RecordedIssuer issuer =
      new RecordedIssuer("enterprise", "https://enterprise.example", clock);
  private TestMonitor monitor;
  private String honest = "";

  @BeforeEach
  void restartWithoutIssuer() throws Exception {
    monitor = new TestMonitor(clock, folder, issuer);
    honest = issuer.issue();
    monitor.follow();
    monitor.close();
    issuer.down = true;
    monitor = new TestMonitor(clock, folder, issuer);
  }

  @AfterEach
  void stop() throws Exception {
    monitor.close();
  }

  @Test
  void aTokenAtAHeldPositionIsForged() throws Exception {
    // Issued after what has its position: no log can have lost it.
    clock.advance(Duration.ofSeconds(2));
    String forged = issuer.forge(issuer.draft(issuer.key, RecordedIssuer.LOG, 0).claim("sub", "x"));
    monitor.report(issuer.refusedWithEvidence(forged, "never-issued"));
    assertThat(monitor.settle()).isZero();
    assertThat(monitor.findings()).hasSize(1);
    assertThat(monitor.findings().getFirst().string("kind")).isEqualTo("digest-differs");
  }

  /** The log may have lost it after its release: its authority could tell, and is waited for. */
  @Test
  void aTokenOfTheTimeOfWhatHasItsPositionIsForgedUnlessItsAuthorityIsSoonBack() throws Exception {
    String forged = issuer.forge(issuer.draft(issuer.key, RecordedIssuer.LOG, 0).claim("sub", "x"));
    monitor.report(issuer.refusedWithEvidence(forged, "never-issued"));
    assertThat(monitor.settle()).isOne();
    clock.advance(Duration.ofSeconds(10));
    assertThat(monitor.settle()).isZero();
    assertThat(monitor.findings().getFirst().string("kind")).isEqualTo("digest-differs");
  }

  @Test
  void aTokenThatIsHeldIsNone() throws Exception {
    monitor.report(issuer.accepted(honest));
    assertThat(monitor.settle()).isZero();
    assertThat(monitor.findings()).isEmpty();
  }

  /** Its key may have been stated since the key log was read here: so the service may know it. */
  @Test
  void aTokenOfAKeyThatWasStatedMeanwhileWaitsForTheKeyLog() throws Exception {
    TestKeys.Es256 next = new TestKeys.Es256();
    issuer.issuer.addLog("s1g2");
    issuer.issuer.state(issuer.statement(next, "s1g2"));
    issuer.issuer.publish();
    clock.advance(Duration.ofSeconds(10));
    String honestToo = issuer.issue(issuer.draft(next, "s1g2", 0), next, "s1g2");
    TestKeys.Es256 stranger = new TestKeys.Es256();
    String foreign = issuer.draft(stranger, "s1g2", 0).signed(stranger);
    String forged = issuer.draft(next, "s1g2", 0).claim("sub", "victim").signed(next);
    monitor.report(
        issuer.accepted(honestToo),
        issuer.accepted(foreign),
        issuer.refusedWithEvidence(forged, "never-issued"));
    assertThat(monitor.settle()).isEqualTo(3);
    assertThat(monitor.findings()).isEmpty();

    issuer.down = false;
    assertThat(monitor.settle()).isZero();
    assertThat(monitor.findings())
        .extracting(one -> one.string("kind") + " " + one.string("kid"))
        .containsExactlyInAnyOrder("unknown-key " + stranger.kid(), "digest-differs " + next.kid());
  }
}
