package dev.counterfoil.signer.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** How often a signer asks its registrar. */
class KeeperPaceTest {
  private final KeeperPace pace = new KeeperPace();

  private int stepsWithin(Duration time) {
    int steps = 0;
    for (Duration passed = Duration.ZERO;
        passed.compareTo(time) < 0;
        passed = passed.plus(pace.rest(false))) {
      steps++;
    }
    return steps;
  }

  @Test
  void aRegistrarThatIsNotReadyIsAskedOftenAtFirstAndThenEverLess() {
    assertThat(stepsWithin(Duration.ofSeconds(1))).as("a start is fast").isGreaterThan(10);
    assertThat(stepsWithin(Duration.ofMinutes(10)))
        .as("twice a second at most")
        .isLessThan(10 * 60 * 2 + 10);
    assertThat(pace.rest(false)).isEqualTo(KeeperPace.UNTIL_READY_MAX);
  }

  @Test
  void whoWasReadyLooksOftenAgainWhenItsLastKeyIsOver() {
    stepsWithin(Duration.ofMinutes(1));
    assertThat(pace.rest(true)).isEqualTo(KeeperPace.WHEN_READY);
    assertThat(pace.rest(false)).isEqualTo(KeeperPace.UNTIL_READY_FIRST);
  }
}
