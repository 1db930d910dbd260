package dev.counterfoil.authority;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What was used before a restart is not good after it. */
class IssueTimesTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private Instant now = START.plusSeconds(100);
  private final List<Duration> waits = new ArrayList<>();
  private final IssueTimes times = since(START);

  private IssueTimes since(Instant startedAt) {
    return new IssueTimes(
        () -> now,
        startedAt,
        wait -> {
          waits.add(wait);
          now = now.plus(wait);
        });
  }

  @Test
  void whatWasIssuedIsUsedAtOnce() throws Exception {
    assertThat(times.isBeforeStart(now)).isFalse();
    assertThat(times.isTooFarAhead(now)).isFalse();
    assertThat(times.awaitIssue(now)).isTrue();
    assertThat(waits).isEmpty();
  }

  @Test
  void whatWasUsedByTheLastProcessIsFromBeforeThisOne() throws Exception {
    Instant ahead = now.plus(IssueTimes.AHEAD_MAX);
    assertThat(times.isTooFarAhead(ahead)).isFalse();
    assertThat(times.awaitIssue(ahead)).isTrue();

    // It took effect no sooner than at its iat, so that a process that begins after that is later.
    assertThat(now).isAfterOrEqualTo(ahead);
    assertThat(since(now).isBeforeStart(ahead)).isTrue();
    assertThat(since(now).isBeforeStart(now.plusSeconds(1))).isFalse();
  }

  @Test
  void aClockThatIsFarAheadIsNotWaitedFor() {
    assertThat(times.isTooFarAhead(now.plus(IssueTimes.AHEAD_MAX).plusMillis(1))).isTrue();
    assertThat(times.isTooFarAhead(now.plus(IssueTimes.AHEAD_MAX))).isFalse();
  }

  @Test
  void aClockThatIsSetBackMeanwhileRefuses() throws Exception {
    IssueTimes set = new IssueTimes(() -> now, START, wait -> now = now.minusSeconds(3600));
    assertThat(set.awaitIssue(now.plusSeconds(1))).isFalse();
  }
}
