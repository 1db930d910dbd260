package dev.counterfoil.drills;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The drills about a log and its keys, whole: real processes, live traffic. */
class LogDrillsTest {
  private interface Made {
    Drill in(Path parent);
  }

  private static void holds(Made made) throws Exception {
    Path parent = Files.createTempDirectory(Path.of("/tmp"), "cf-");
    try {
      DrillReport report =
          DrillRun.carryOut(made.in(parent), Narrator.silent(), InstantSource.system());
      assertThat(report.broke()).isEmpty();
      assertThat(report.outcomes())
          .allSatisfy(
              outcome ->
                  assertThat(outcome.held())
                      .as(outcome.expectation().id() + ": " + outcome.observed())
                      .isTrue());
      assertThat(report.held()).isTrue();
      try (Stream<Path> left = Files.list(parent)) {
        assertThat(left).isEmpty();
      }
      assertThat(ProcessHandle.current().children().filter(ProcessHandle::isAlive)).isEmpty();
    } finally {
      DrillFolder.deleteTree(parent);
    }
  }

  @Test
  void aLostHostLosesNoToken() throws Exception {
    holds(parent -> new LostHost(parent, InstantSource.system(), new SecureRandom()));
  }

  @Test
  void aStolenSignerIsContainedAndWhoIsCutOffIsNamed() throws Exception {
    holds(parent -> new StolenSigner(parent, InstantSource.system(), new SecureRandom()));
  }

  @Test
  void whatADumpHoldsIsFoundAndDoesNotLeave() throws Exception {
    holds(parent -> new LeftDump(parent, InstantSource.system(), new SecureRandom()));
  }

  @Test
  void aRewoundDiskGivesNoPositionTwice() throws Exception {
    holds(parent -> new RewoundDisk(parent, InstantSource.system(), new SecureRandom()));
  }
}
