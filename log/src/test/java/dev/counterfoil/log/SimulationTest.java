package dev.counterfoil.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.log.FlawedDisk.Flaw;
import dev.counterfoil.log.LogSimulation.Tally;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Runs of {@link LogSimulation}: more than a million steps, each followed by the outside check. A
 * failing seed is repeated with {@code -Dcounterfoil.seed=N}; {@code -Dcounterfoil.seeds=N} says up
 * to which the full test runs.
 */
@ExtendWith(SimulatedSignatures.class)
class SimulationTest {
  private static final int SEEDS = 4_050;
  private static final long STEPS_MIN = 1_000_000;
  private static final int SEEDS_FULL = Integer.getInteger("counterfoil.seeds", 100_000);

  /** Within so many lives every defect shows. */
  private static final int SEEDS_FLAWED = 500;

  /** Seeds that failed once: each stays as a test of its own. */
  private static final long[] FAILED_ONCE = {};

  private static void run(long seed, Flaw flaw, Tally tally) {
    try {
      new LogSimulation(seed, flaw, tally).steps();
    } catch (Exception | AssertionError | Machine.CrashError e) {
      throw new AssertionError("seed " + seed + ": " + e, e);
    }
  }

  @Test
  void nothingAcknowledgedIsLost() {
    Tally tally = new Tally();
    Long only = Long.getLong("counterfoil.seed");
    if (only != null) {
      run(only, Flaw.NONE, tally);
      return;
    }
    for (long seed = 0; seed < SEEDS; seed++) {
      run(seed, Flaw.NONE, tally);
    }
    System.out.println("simulation: " + tally);
    assertThat(tally.steps).isGreaterThan(STEPS_MIN);
    assertThat(tally.powerLosses).isGreaterThan(SEEDS);
    assertThat(tally.failures).isGreaterThan(SEEDS);
    assertThat(tally.givenBack).isGreaterThan(SEEDS / 2);
    assertThat(tally.sealed).isPositive();
  }

  @Test
  void whatFailedOnceDoesNotFailAgain() {
    for (long seed : FAILED_ONCE) {
      run(seed, Flaw.NONE, new Tally());
    }
  }

  @Test
  @Tag("full")
  void nothingAcknowledgedIsLostInManyMore() {
    Tally tally = new Tally();
    for (long seed = SEEDS; seed < SEEDS_FULL; seed++) {
      run(seed, Flaw.NONE, tally);
    }
    System.out.println("simulation: " + tally);
  }

  /** The controls: a log with a defect does not get through. */
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void aDefectIsFound(Flaw flaw) {
    assertThatThrownBy(
            () -> {
              for (long seed = 0; seed < SEEDS_FLAWED; seed++) {
                run(seed, flaw, new Tally());
              }
            })
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("seed");
  }
}
