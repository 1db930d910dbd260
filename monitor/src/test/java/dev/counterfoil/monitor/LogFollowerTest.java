package dev.counterfoil.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.JsonObject;
import dev.counterfoil.verifier.SettableClock;
import dev.counterfoil.verifier.TokenDraft;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LogFollowerTest {
  private static final String LOG = RecordedIssuer.LOG;

  @TempDir Path folder;
  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-01T10:00:00Z"));
  private final RecordedIssuer issuer = new RecordedIssuer("acme", "https://login.example", clock);

  private TestMonitor monitor() throws Exception {
    return new TestMonitor(clock, folder.resolve("monitor"), issuer);
  }

  private void issue(int count) {
    for (int i = 0; i < count; i++) {
      issuer.issue();
    }
  }

  @Test
  void everyCounterfoilIsHeldUnderTheCheckpoint() throws Exception {
    try (TestMonitor monitor = monitor()) {
      issue(250);
      monitor.follow();
      assertThat(monitor.follower("acme", LOG).view())
          .contains(new LogView(250, 250, clock.instant()));
      issue(7);
      monitor.follow();
      assertThat(monitor.follower("acme", LOG).custody().vouchedSize()).isEqualTo(257);
      assertThat(monitor.findings()).isEmpty();
    }
  }

  @Test
  void aRestartGoesOn() throws Exception {
    try (TestMonitor monitor = monitor()) {
      issue(30);
      monitor.follow();
    }
    issue(30);
    try (TestMonitor monitor = monitor()) {
      monitor.follow();
      assertThat(monitor.follower("acme", LOG).custody().vouchedSize()).isEqualTo(60);
      assertThat(monitor.findings()).isEmpty();
    }
  }

  @Test
  void aCounterfoilThatDoesNotComeIsAFindingAfterItsTime() throws Exception {
    try (TestMonitor monitor = monitor()) {
      issue(5);
      issuer.withholding = true;
      monitor.follow();
      clock.advance(TestMonitor.WITHIN.minusMillis(1));
      monitor.follow();
      assertThat(monitor.findings()).as("not before its time").isEmpty();
      clock.advance(Duration.ofMillis(1));
      monitor.follow();
      monitor.follow();
      assertThat(monitor.findings())
          .singleElement()
          .satisfies(
              finding -> {
                assertThat(finding.string("kind")).isEqualTo("counterfoil-missing");
                assertThat(finding.number("position")).isZero();
              });
      issuer.withholding = false;
      monitor.follow();
      assertThat(monitor.follower("acme", LOG).custody().vouchedSize()).isEqualTo(5);
    }
  }

  @Test
  void anIssuerThatIsDownIsNoFinding() throws Exception {
    try (TestMonitor monitor = monitor()) {
      issue(5);
      monitor.follow();
      issuer.down = true;
      clock.advance(Duration.ofHours(1));
      monitor.follow();
      assertThat(monitor.findings()).isEmpty();
    }
  }

  @Test
  void aFalseCounterfoilIsNamedByItsPosition() throws Exception {
    try (TestMonitor monitor = monitor()) {
      issue(3);
      monitor.follow();
      TokenDraft logged = issuer.draft();
      TokenDraft kept = issuer.draft().claim("sub", "somebody else");
      issuer.issueAndKeepAnother(logged, kept);
      issue(2);
      monitor.follow();
      JsonObject finding = monitor.findings().getFirst();
      assertThat(monitor.findings()).hasSize(1);
      assertThat(finding.string("kind")).isEqualTo("counterfoil-missing");
      assertThat(finding.number("position")).isEqualTo(3);
      assertThat(monitor.follower("acme", LOG).custody().vouchedSize())
          .as("nothing false counts")
          .isEqualTo(3);
    }
  }

  @Test
  void aLogThatGoesBackIsAFinding() throws Exception {
    try (TestMonitor monitor = monitor()) {
      issue(3);
      byte[] early = issuer.issuer.get(checkpoint(), 1 << 16);
      issue(3);
      monitor.follow();
      issuer.issuer.between((path, honest) -> path.endsWith("/checkpoint") ? early : honest.read());
      monitor.follow();
      assertThat(monitor.findings())
          .singleElement()
          .satisfies(
              finding -> {
                assertThat(finding.string("kind")).isEqualTo("log-rollback");
                assertThat(finding.string("severity")).isEqualTo("critical");
              });
    }
  }

  @Test
  void aLogThatWentBackWhileTheMonitorWasDownIsAFindingToo() throws Exception {
    issue(3);
    byte[] early = issuer.issuer.get(checkpoint(), 1 << 16);
    issue(3);
    try (TestMonitor monitor = monitor()) {
      monitor.follow();
    }
    issuer.issuer.between((path, honest) -> path.endsWith("/checkpoint") ? early : honest.read());
    try (TestMonitor monitor = monitor()) {
      monitor.follow();
      assertThat(monitor.findings())
          .extracting(finding -> finding.string("kind"))
          .containsExactly("log-rollback");
    }
  }

  @Test
  void aSecondHistoryIsAFork() throws Exception {
    try (TestMonitor monitor = monitor()) {
      issue(3);
      monitor.follow();
      // The same key signs a tree of the same counterfoils and one leaf that differs.
      issuer.issuer.fill(LOG, 1);
      byte[] forked = issuer.issuer.get(checkpoint(), 1 << 16);
      issuer.recordOnly(issuer.draft());
      issuer.issuer.between(
          (path, honest) -> path.endsWith("/checkpoint") ? forked : honest.read());
      monitor.follow();
      assertThat(monitor.findings())
          .extracting(finding -> finding.string("kind"))
          .containsExactly("log-fork");
      assertThat(monitor.follower("acme", LOG).view()).as("nothing rests on it").isEmpty();
    }
  }

  private URI checkpoint() {
    return URI.create(issuer.issuer.issuer() + "/logs/" + LOG + "/checkpoint");
  }
}
