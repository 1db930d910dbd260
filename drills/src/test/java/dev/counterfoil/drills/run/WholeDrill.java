package dev.counterfoil.drills.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;

/** A drill carried out whole: real processes, live traffic, and nothing left behind. */
public final class WholeDrill {
  private WholeDrill() {}

  /** Every expectation holds, and neither a file nor a process is left. */
  public static void holds(Drill drill) throws Exception {
    Path parent = Files.createTempDirectory(Path.of("/tmp"), "cf-");
    try {
      // Others' processes pass through to the mail.
      Files.setPosixFilePermissions(parent, PosixFilePermissions.fromString("rwx--x--x"));
      DrillReport report = DrillRun.carryOut(drill, Narrator.silent(), DrillPlace.in(parent));
      assertThat(report.broke()).isEmpty();
      assertThat(report.outcomes())
          .allSatisfy(
              outcome ->
                  assertThat(outcome.held())
                      .as(outcome.expectation().id() + ": " + outcome.observed())
                      .isTrue());
      assertThat(report.notReached()).isEmpty();
      assertThat(report.held()).isTrue();
      try (Stream<Path> left = Files.list(parent)) {
        assertThat(left).isEmpty();
      }
      // What was told to end may take a moment.
      for (int i = 0; i < 6_000 && aliveChildren() > 0; i++) {
        Thread.sleep(10);
      }
      assertThat(aliveChildren()).isZero();
    } finally {
      DrillFolder.deleteTree(parent);
    }
  }

  private static long aliveChildren() {
    return ProcessHandle.current().children().filter(ProcessHandle::isAlive).count();
  }
}
