package dev.counterfoil.registrar.signers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.process.settings.Purposes;
import dev.counterfoil.signer.rotation.TestKeys;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A flood is seen, and what the keys' times need is none. */
class StatingQuotaTest {
  private static final Duration USAGE = Duration.ofHours(24);

  /** 64, and 8 for the one ring. */
  private static final int MOST = 72;

  private final StatingQuota quota =
      new StatingQuota(new Purposes(List.of(TestKeys.access(USAGE))), TestKeys.T0);

  /** States until somebody is told: how many there was room for. */
  private int fill(Instant now) {
    int stated = 0;
    while (true) {
      quota.count(1, now);
      if (quota.isExceeded(now)) {
        return stated;
      }
      stated++;
    }
  }

  @Test
  void aFloodIsSeenAndForgottenWhenHalfOfTheRoomCameBack() {
    assertThat(quota.isExceeded(TestKeys.T0)).isFalse();
    assertThat(fill(TestKeys.T0)).isEqualTo(MOST);
    // Eight a day.
    assertThat(quota.isExceeded(TestKeys.T0.plus(USAGE.multipliedBy(4)))).isTrue();
    assertThat(quota.isExceeded(TestKeys.T0.plus(USAGE.multipliedBy(5)))).isFalse();
    assertThat(fill(TestKeys.T0.plus(USAGE.multipliedBy(5)))).isBetween(5 * 8 - 1, 5 * 8);
    assertThat(fill(TestKeys.T0.plus(USAGE.multipliedBy(1_000)))).as("its most").isEqualTo(MOST);
  }

  @Test
  void allEntriesOfACommandCountAndWhatMakesNoneDoesNot() {
    for (int i = 0; i < 1_000; i++) {
      quota.count(0, TestKeys.T0);
    }
    for (int i = 0; i < MOST / 2; i++) {
      quota.count(2, TestKeys.T0);
    }
    assertThat(quota.isExceeded(TestKeys.T0)).isFalse();
    quota.count(2, TestKeys.T0);
    assertThat(quota.isExceeded(TestKeys.T0)).isTrue();
  }

  @Test
  void aClockThatGoesToAndFroMakesNoRoom() {
    Instant later = TestKeys.T0.plus(USAGE.multipliedBy(1_000));
    assertThat(quota.isExceeded(later)).isFalse();
    assertThat(fill(later)).isEqualTo(MOST);
    assertThat(quota.isExceeded(TestKeys.T0)).as("a clock that was put back").isTrue();
    assertThat(quota.isExceeded(later)).as("and forward again").isTrue();
    quota.count(1, TestKeys.T0);
    assertThat(quota.isExceeded(later)).isTrue();
    assertThat(quota.isExceeded(later.plus(USAGE.multipliedBy(5)))).as("time of its own").isFalse();
  }

  @Test
  void whoGoesOnWaitsForTheTimeOfItsKeysAndNobodyForAClockThatWasPutBack() {
    int stated = 0;
    while (!quota.isUsedUp(TestKeys.T0)) {
      quota.count(1, TestKeys.T0);
      stated++;
    }
    assertThat(stated).isEqualTo(4 * MOST);
    assertThat(quota.isUsedUp(TestKeys.T0.minusSeconds(1))).isFalse();
    // Eight a day.
    Instant next = TestKeys.T0.plus(USAGE.dividedBy(8)).plusSeconds(1);
    assertThat(quota.isUsedUp(next)).isFalse();
    quota.count(1, next);
    assertThat(quota.isUsedUp(next)).isTrue();
    assertThat(quota.isExceeded(next)).isTrue();
    quota.makeRoom();
    assertThat(quota.isUsedUp(next)).isFalse();
  }

  @Test
  void whoTakesBackBeginsAnew() {
    assertThat(fill(TestKeys.T0)).isEqualTo(MOST);
    quota.makeRoom();
    assertThat(quota.isExceeded(TestKeys.T0)).isFalse();
    assertThat(fill(TestKeys.T0)).isEqualTo(MOST);
  }

  /** Four signers, and each key stated twice. */
  @Test
  void thePaceOfTheKeysTimesIsNoFlood() {
    Instant now = TestKeys.T0;
    for (int day = 0; day < 1_000; day++) {
      quota.count(8, now);
      assertThat(quota.isExceeded(now)).as("day %d", day).isFalse();
      now = now.plus(USAGE);
    }
  }
}
