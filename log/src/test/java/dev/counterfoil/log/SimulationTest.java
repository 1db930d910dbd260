package dev.counterfoil.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.counterfoil.log.journal.FlawedDisk.Flaw;
import dev.counterfoil.log.tiles.LogSimulation;
import dev.counterfoil.log.tiles.LogSimulation.Tally;
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
  private static final int SEEDS = 1_350;
  private static final long STEPS_MIN = 300_000;
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

  /** What is said of a defect, by the outside check or by the log's own start. */
  private static String reason(Flaw flaw) {
    return switch (flaw) {
      case NONE -> "nothing";
      case ACKNOWLEDGES_BEFORE_SYNC -> "record \\d+ is damaged";
      case CHECKPOINT_GOES_BACK ->
          "the log's size: expected at least \\d+, which a checkpoint of it says";
      case CHECKPOINT_BEFORE_HASHES -> "ends before row \\d+, which the checkpoint covers";
      case OVERWRITES_A_TILE -> "missing or changed below entry \\d+";
      case CUTS_TOO_MUCH -> "record \\d+ is damaged";
      case GIVES_BACK_TOO_MUCH -> "\\d+\\.segment";
      case FORGETS_THE_SEAL -> "the seal is there after a restart";
    };
  }

  /** The controls: a log with a defect does not get through, and because of the defect. */
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void aDefectIsFound(Flaw flaw) {
    for (long seed = 0; seed < SEEDS_FLAWED; seed++) {
      Tally tally = new Tally();
      try {
        new LogSimulation(seed, flaw, tally).steps();
      } catch (Exception | AssertionError | Machine.CrashError e) {
        assertThat(tally.struck).as("seed " + seed + " without the defect: " + e).isPositive();
        assertThat(e).as("seed " + seed).hasMessageMatching("(?s).*" + reason(flaw) + ".*");
        return;
      }
    }
    fail("in %d lives nobody noticed that the log %s", SEEDS_FLAWED, flaw);
  }
}
