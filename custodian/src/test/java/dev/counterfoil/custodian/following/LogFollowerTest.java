package dev.counterfoil.custodian.following;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.custodian.Custodian;
import dev.counterfoil.custodian.TestEvents;
import dev.counterfoil.custodian.issuer.Alarm;
import dev.counterfoil.custodian.issuer.RecordStream;
import dev.counterfoil.custodian.issuer.RecordedIssuer;
import dev.counterfoil.verifier.SettableClock;
import dev.counterfoil.verifier.TokenDraft;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LogFollowerTest {
  private static final String LOG = RecordedIssuer.LOG;

  @TempDir Path folder;
  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-01T10:00:00Z"));
  private final RecordedIssuer issuer = new RecordedIssuer("acme", "https://login.example", clock);

  private final List<Alarm> alarms = new ArrayList<>();

  private TestCustody custody() throws Exception {
    return new TestCustody(clock, folder.resolve("custody"), new TestEvents(alarms), issuer);
  }

  private void issue(int count) {
    for (int i = 0; i < count; i++) {
      issuer.issue();
    }
  }

  @Test
  void everyCounterfoilIsHeldUnderTheCheckpoint() throws Exception {
    try (TestCustody custody = custody()) {
      issue(250);
      custody.follow();
      assertThat(custody.follower("acme", LOG).view())
          .contains(new FollowedLogView(250, 250, clock.instant()));
      issue(7);
      custody.follow();
      assertThat(custody.follower("acme", LOG).custody().vouchedSize()).isEqualTo(257);
      assertThat(alarms).isEmpty();
    }
  }

  @Test
  void aRestartGoesOn() throws Exception {
    try (TestCustody custody = custody()) {
      issue(30);
      custody.follow();
    }
    issue(30);
    try (TestCustody custody = custody()) {
      custody.follow();
      assertThat(custody.follower("acme", LOG).custody().vouchedSize()).isEqualTo(60);
      assertThat(alarms).isEmpty();
    }
  }

  @Test
  void aCounterfoilThatDoesNotComeIsAFindingAfterItsTime() throws Exception {
    try (TestCustody custody = custody()) {
      issue(5);
      issuer.withholding = true;
      custody.follow();
      clock.advance(TestCustody.WITHIN.minusMillis(1));
      custody.follow();
      assertThat(alarms).as("not before its time").isEmpty();
      clock.advance(Duration.ofMillis(1));
      custody.follow();
      custody.follow();
      assertThat(alarms)
          .singleElement()
          .satisfies(
              finding -> {
                assertThat(finding.kind()).isEqualTo(Alarm.Kind.COUNTERFOIL_MISSING);
                assertThat(finding.position()).hasValue(0);
              });
      issuer.withholding = false;
      custody.follow();
      assertThat(custody.follower("acme", LOG).custody().vouchedSize()).isEqualTo(5);
    }
  }

  @Test
  void anIssuerThatIsDownIsNoFinding() throws Exception {
    try (TestCustody custody = custody()) {
      issue(5);
      custody.follow();
      issuer.down = true;
      clock.advance(Duration.ofHours(1));
      custody.follow();
      assertThat(alarms).isEmpty();
    }
  }

  @Test
  void aFalseCounterfoilIsNamedByItsPosition() throws Exception {
    try (TestCustody custody = custody()) {
      issue(3);
      custody.follow();
      TokenDraft logged = issuer.draft();
      TokenDraft kept = issuer.draft().claim("sub", "somebody else");
      issuer.issueAndKeepAnother(logged, kept);
      issue(2);
      custody.follow();
      Alarm finding = alarms.getFirst();
      assertThat(alarms).hasSize(1);
      assertThat(finding.kind()).isEqualTo(Alarm.Kind.COUNTERFOIL_MISSING);
      assertThat(finding.position()).hasValue(3);
      assertThat(custody.follower("acme", LOG).custody().vouchedSize())
          .as("nothing false counts")
          .isEqualTo(3);
    }
  }

  @Test
  void aLogThatGoesBackIsAFinding() throws Exception {
    try (TestCustody custody = custody()) {
      issue(3);
      byte[] early = issuer.issuer.get(checkpoint(), 1 << 16);
      issue(3);
      custody.follow();
      issuer.issuer.between(
          (path, honest) -> path.endsWith("/" + LOG + "/checkpoint") ? early : honest.read());
      custody.follow();
      assertThat(alarms).extracting(Alarm::kind).containsExactly(Alarm.Kind.LOG_ROLLBACK);
    }
  }

  /** Put back between two looks: what was signed since came with the stream alone. */
  @Test
  void aLogThatStaysBehindWhatItsStreamBroughtIsAFinding() throws Exception {
    issuer.withHeads = true;
    try (TestCustody custody = custody()) {
      issue(3);
      issuer.published = issuer.issuer.get(checkpoint(), 1 << 16);
      issue(3);
      custody.follow();
      assertThat(custody.follower("acme", LOG).custody().vouchedSize()).isEqualTo(6);
      clock.advance(TestCustody.WITHIN.minusMillis(1));
      custody.follow();
      assertThat(alarms).as("it may be published a moment later").isEmpty();
      clock.advance(Duration.ofMillis(1));
      custody.follow();
      custody.follow();
      assertThat(alarms).extracting(Alarm::kind).containsExactly(Alarm.Kind.LOG_ROLLBACK);
    }
  }

  /** A signer that was killed has signed for its stream what it did not come to publish. */
  @Test
  void aSignerThatIsDownHasTakenNothingBack() throws Exception {
    issuer.withHeads = true;
    try (TestCustody custody = custody()) {
      issue(3);
      issuer.published = issuer.issuer.get(checkpoint(), 1 << 16);
      issue(3);
      custody.follow();
      issuer.withholding = true;
      for (int i = 0; i < 3; i++) {
        clock.advance(Duration.ofHours(1));
        custody.follow();
      }
      assertThat(custody.follower("acme", LOG).view())
          .as("the custodian's view stays fresh meanwhile")
          .contains(new FollowedLogView(6, 6, clock.instant()));
      issuer.withholding = false;
      custody.follow();
      assertThat(alarms).as("it is there again and has not published yet").isEmpty();
      issuer.published = null;
      issue(1);
      custody.follow();
      clock.advance(TestCustody.WITHIN);
      custody.follow();
      assertThat(alarms).isEmpty();
    }
  }

  @Test
  void whatStandsPublishedWhileNothingCanBeReadDoesNotCount() throws Exception {
    issuer.withHeads = true;
    try (TestCustody custody = custody()) {
      issue(3);
      byte[] early = issuer.issuer.get(checkpoint(), 1 << 16);
      issuer.published = early;
      issue(3);
      custody.follow();
      issuer.down = true;
      issuer.published = null;
      clock.advance(TestCustody.WITHIN.minusMillis(1));
      custody.follow();
      issuer.down = false;
      issuer.published = early;
      clock.advance(Duration.ofMillis(1));
      custody.follow();
      issuer.published = null;
      custody.follow();
      assertThat(alarms).isEmpty();
    }
  }

  @Test
  void aLogThatWentBackAndGrowsIsOneFinding() throws Exception {
    try (TestCustody custody = custody()) {
      List<byte[]> early = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        issue(2);
        early.add(issuer.issuer.get(checkpoint(), 1 << 16));
      }
      issue(2);
      custody.follow();
      for (byte[] one : early) {
        issuer.published = one;
        custody.follow();
      }
      assertThat(alarms).extracting(Alarm::kind).containsExactly(Alarm.Kind.LOG_ROLLBACK);
    }
  }

  @Test
  void aLogThatIsPublishedAFewBehindItsStreamAndGrowsIsNoFinding() throws Exception {
    issuer.withHeads = true;
    try (TestCustody custody = custody()) {
      for (int i = 0; i < 4; i++) {
        issue(3);
        issuer.published = issuer.issuer.get(checkpoint(), 1 << 16);
        issue(3);
        custody.follow();
        clock.advance(TestCustody.WITHIN.minusMillis(1));
      }
      assertThat(custody.follower("acme", LOG).custody().vouchedSize()).isEqualTo(24);
      assertThat(alarms).isEmpty();
    }
  }

  @Test
  void aLogThatWentBackWhileTheMonitorWasDownIsAFindingToo() throws Exception {
    issue(3);
    byte[] early = issuer.issuer.get(checkpoint(), 1 << 16);
    issue(3);
    try (TestCustody custody = custody()) {
      custody.follow();
    }
    issuer.issuer.between(
        (path, honest) -> path.endsWith("/" + LOG + "/checkpoint") ? early : honest.read());
    try (TestCustody custody = custody()) {
      custody.follow();
      assertThat(alarms).extracting(Alarm::kind).containsExactly(Alarm.Kind.LOG_ROLLBACK);
    }
  }

  @Test
  void aSecondHistoryIsAFork() throws Exception {
    try (TestCustody custody = custody()) {
      issue(3);
      custody.follow();
      // The same key signs a tree of the same counterfoils and one leaf that differs.
      issuer.issuer.fill(LOG, 1);
      byte[] forked = issuer.issuer.get(checkpoint(), 1 << 16);
      issuer.recordOnly(issuer.draft());
      issuer.issuer.between(
          (path, honest) -> path.endsWith("/" + LOG + "/checkpoint") ? forked : honest.read());
      custody.follow();
      assertThat(alarms).extracting(Alarm::kind).containsExactly(Alarm.Kind.LOG_FORK);
      assertThat(custody.follower("acme", LOG).view()).as("nothing rests on it").isEmpty();
    }
  }

  @Test
  void whatAHeadInTheStreamCoversCountsAtOnce() throws Exception {
    issuer.withHeads = true;
    try (TestCustody custody = custody()) {
      issue(5);
      custody.follow();
      LogFollower follower = custody.follower("acme", LOG);
      issue(3);
      try (RecordStream stream = follower.open().orElseThrow()) {
        assertThat(follower.receive(stream)).isEqualTo(LogFollower.Received.MORE);
      }
      assertThat(follower.custody().vouchedSize()).isEqualTo(8);
      assertThat(alarms).isEmpty();
    }
  }

  @Test
  void nobodyWaitsForWhoIsToldWhatCounts() throws Exception {
    issuer.withHeads = true;
    List<Long> told = new ArrayList<>();
    Custodian.Events events =
        new TestEvents(alarms) {
          @Override
          public void vouched(LogFollower follower, long from, long to) {
            // As health and tenants ask, on threads of their own.
            assertThat(CompletableFuture.supplyAsync(follower::isForked))
                .succeedsWithin(Duration.ofMinutes(1))
                .isEqualTo(false);
            told.add(to);
          }
        };
    try (TestCustody custody = new TestCustody(clock, folder.resolve("custody"), events, issuer)) {
      issue(5);
      custody.follow();
      issue(3);
      custody.follow();
      assertThat(told).containsExactly(5L, 8L);
      assertThat(alarms).isEmpty();
    }
  }

  @Test
  void aStreamThatNeverReachesTheEndIsCountedUpToTheCheckpointThatWasSeen() throws Exception {
    try (TestCustody custody = custody()) {
      issue(150);
      // The checkpoint is seen before anything is held, and the first piece of the stream passes
      // it.
      custody.issuers.values().iterator().next().look();
      LogFollower follower = custody.follower("acme", LOG);
      issue(100);
      try (RecordStream stream = follower.open().orElseThrow()) {
        follower.receive(stream);
        assertThat(follower.custody().vouchedSize()).isZero();
        follower.receive(stream);
      }
      assertThat(follower.custody().size()).isEqualTo(200);
      assertThat(follower.custody().vouchedSize()).isEqualTo(150);
      assertThat(alarms).isEmpty();
    }
  }

  private URI checkpoint() {
    return URI.create(issuer.issuer.issuer() + "/logs/" + LOG + "/checkpoint");
  }
}
