package dev.counterfoil.custodian;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.custodian.following.FollowedIssuer;
import dev.counterfoil.custodian.following.FollowedLogView;
import dev.counterfoil.custodian.following.LogFollower;
import dev.counterfoil.custodian.following.TestCustody;
import dev.counterfoil.custodian.issuer.Alarm;
import dev.counterfoil.custodian.issuer.RecordedIssuer;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.log.care.Scrubber;
import dev.counterfoil.verifier.SettableClock;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ready is who follows every log, record logs among them. */
final class CustodyHealthTest {
  @TempDir Path folder;
  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-01T10:00:00Z"));

  @Test
  void aRecordLogThatIsNotFollowedIsNotReady() throws Exception {
    RecordedIssuer issuer = new RecordedIssuer("acme", "https://login.example", clock);
    issuer.issuer.addLog("d1g1");
    issuer.issuer.publish();
    issuer.issue();
    issuer.issue(issuer.draft(issuer.key, "d1g1", 0), issuer.key, "d1g1");
    try (TestCustody custody = new TestCustody(clock, folder, new TestEvents(), issuer)) {
      FollowedIssuer followed = custody.issuers.values().iterator().next();
      CustodyHealth health =
          new CustodyHealth(
              List.of(followed),
              log ->
                  log.name().equals("d1g1")
                      ? Optional.of(new Scrubber.Difference(0, false, "a bit", clock.instant()))
                      : Optional.empty(),
              clock);
      assertThat(health.unready().isEmpty()).as("nothing was looked at").isFalse();
      custody.follow();
      assertThat(followed.mirrors()).containsOnlyKeys("d1g1");
      assertThat(health.unready().isEmpty()).isTrue();
      JsonObject mirror =
          health.status().stream().filter(log -> log.has("damage")).findFirst().orElseThrow();
      assertThat(mirror.string("log")).isEqualTo("d1g1");
      assertThat(mirror.number("held")).isEqualTo(1);
      assertThat(mirror.number("checkpoint")).isEqualTo(1);
      assertThat(mirror.number("as_of_ms")).isEqualTo(clock.instant().toEpochMilli());
      assertThat(health.status()).hasSize(3);

      clock.advance(FollowedLogView.AGE_MAX);
      for (LogFollower follower : followed.followers().values()) {
        follower.look();
      }
      assertThat(health.unready().isEmpty()).as("the record log's checkpoint is old").isFalse();
      custody.follow();
      assertThat(health.unready().isEmpty()).isTrue();
    }
  }

  @Test
  void aClockThatIsNotTheWitnessesIsAnAlarmAndNotReadyAndNothingIsForgotten() throws Exception {
    RecordedIssuer issuer = new RecordedIssuer("acme", "https://login.example", clock);
    issuer.issue();
    List<Alarm> alarms = new ArrayList<>();
    try (TestCustody custody = new TestCustody(clock, folder, new TestEvents(alarms), issuer)) {
      FollowedIssuer followed = custody.issuers.values().iterator().next();
      CustodyHealth health = new CustodyHealth(List.of(followed), log -> Optional.empty(), clock);
      custody.follow();
      LogFollower log = custody.follower("acme", RecordedIssuer.LOG);
      CustodyRetention retention =
          new CustodyRetention(List.of(followed), Duration.ofDays(1), clock, new SecureRandom());
      custody.witnessSays("acme", clock.instant());
      custody.follow();
      assertThat(health.unready().isEmpty()).isTrue();
      assertThat(alarms).isEmpty();

      Instant truth = clock.instant();
      clock.advance(CustodyRetention.SEGMENT_AGE_MAX.plusDays(1));
      custody.witnessSays("acme", truth.plusSeconds(10));
      custody.follow();
      custody.follow();
      assertThat(alarms).extracting(Alarm::kind).containsOnlyOnce(Alarm.Kind.CLOCK_OFF);
      assertThat(health.unready().isEmpty()).isFalse();
      assertThat(health.status().getFirst().number("clock_off_s")).isBetween(690_000L, 692_000L);
      assertThat(retention.step()).isFalse();
      assertThat(log.custody().held().counterfoil(0)).as("the clock is wrong").isPresent();

      // So much time has passed.
      custody.witnessSays("acme", clock.instant());
      assertThat(followed.clockOff()).isEmpty();
      assertThat(health.status().getFirst().has("clock_off_s")).isFalse();
      assertThat(retention.step()).isTrue();
      assertThat(log.custody().held().counterfoil(0)).isEmpty();
    }
  }
}
