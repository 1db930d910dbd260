package dev.counterfoil.testing.verdicts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.io.TempDirFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Verdicts against the truth, from seeds; a failing one is printed with its step. */
final class VerdictsTest {
  private static final Logger ALL = Logger.getLogger("");
  private static final int STEPS = 1000;
  private static final int SHARE = 3;
  private static final int WHOLE = 2000;

  @TempDir(factory = InMemory.class)
  Path folder;

  /** Every commit of the monitor is synced: on a disk that would be most of the time. */
  static final class InMemory implements TempDirFactory {
    private static final Path MEMORY = Path.of("/dev/shm");

    @Override
    public Path createTempDirectory(
        org.junit.jupiter.api.extension.AnnotatedElementContext element,
        org.junit.jupiter.api.extension.ExtensionContext context)
        throws Exception {
      return Files.isWritable(MEMORY)
          ? Files.createTempDirectory(MEMORY, "verdicts")
          : Files.createTempDirectory("verdicts");
    }
  }

  @BeforeAll
  static void quiet() {
    ALL.setLevel(Level.OFF);
  }

  @AfterAll
  static void loud() {
    ALL.setLevel(Level.INFO);
  }

  private VerdictSimulation.Tally run(long firstSeed, int seeds) throws Exception {
    VerdictSimulation.Tally tally = new VerdictSimulation.Tally();
    try {
      for (long seed = firstSeed; seed < firstSeed + seeds; seed++) {
        VerdictSimulation.run(folder.resolve("seed-" + seed), seed, STEPS, Optional.empty(), tally);
      }
    } finally {
      System.out.println("seeds from " + firstSeed + ": " + tally);
    }
    return tally;
  }

  @Test
  void aShare() throws Exception {
    VerdictSimulation.Tally tally = run(1, SHARE);
    assertThat(tally.verified).isPositive();
    assertThat(tally.forged).containsOnlyKeys(Forgery.values());
  }

  @Tag("full")
  @Test
  void twoMillionSteps() throws Exception {
    run(SHARE + 1, WHOLE);
  }

  @ParameterizedTest
  @EnumSource
  void whatIsPlantedIsFound(Planted fault) {
    assertThatThrownBy(
            () ->
                VerdictSimulation.run(
                    folder, 4, STEPS, Optional.of(fault), new VerdictSimulation.Tally()))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining(fault.found);
  }
}
