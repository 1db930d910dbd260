package dev.counterfoil.signer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.JsonObject;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A flood ends, and what the keys' times need never does. */
class StatingQuotaTest {
  private static final Duration USAGE = Duration.ofHours(24);

  private final StatingQuota quota =
      new StatingQuota(new Purposes(List.of(TestKeys.access(USAGE))), TestKeys.T0);

  private static Answer changed(boolean changed) {
    return new Answer.Done(JsonObject.builder().put("changed", changed).build());
  }

  /** As much as there is room for. */
  private int fill(Instant now) {
    int stated = 0;
    while (quota.hasRoom(now)) {
      quota.count(changed(true));
      stated++;
    }
    return stated;
  }

  @Test
  void aFloodEndsAndRoomComesBackWithTimeUpToItsMost() {
    assertThat(fill(TestKeys.T0)).isEqualTo(72);
    assertThat(fill(TestKeys.T0.plus(USAGE))).as("one ring's keys of a day").isEqualTo(8);
    Instant later = TestKeys.T0.plus(USAGE.multipliedBy(1_000));
    assertThat(fill(later)).isEqualTo(72);
    assertThat(fill(later.minusSeconds(60))).as("a clock that was put back").isZero();
    assertThat(fill(later)).as("and forward again").isZero();
  }

  @Test
  void whatChangesNothingOrIsRefusedIsNotCounted() {
    quota.count(changed(false));
    quota.count(new Answer.Refused(Code.TOO_SOON, "later"));
    assertThat(fill(TestKeys.T0)).isEqualTo(72);
  }

  @Test
  void whoTakesBackMakesRoom() {
    assertThat(fill(TestKeys.T0)).isPositive();
    quota.makeRoom();
    assertThat(fill(TestKeys.T0)).isEqualTo(72);
  }

  /** Four signers, and each key stated twice. */
  @Test
  void thePaceOfTheKeysTimesIsNeverRefused() {
    Instant now = TestKeys.T0;
    for (int day = 0; day < 1_000; day++) {
      for (int key = 0; key < 8; key++) {
        assertThat(quota.hasRoom(now)).isTrue();
        quota.count(changed(true));
      }
      now = now.plus(USAGE);
    }
  }
}
