package dev.counterfoil.drills;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The drill with real processes, and with all verifiers that we did not write. */
class RotationTest {
  private static final Path ROOT = Path.of(System.getProperty("counterfoil.root", ".."));

  /** As the module of that name was built, with jose beside it. */
  private static Path strangers;

  @BeforeAll
  static void install() throws IOException, InterruptedException {
    strangers = ROOT.resolve("strangers/target/strangers").toAbsolutePath().normalize();
    Path node = strangers.resolve("node");
    for (String file : List.of("package.json", "package-lock.json", "strangers.mjs")) {
      Files.copy(
          ROOT.resolve("strangers/src/main/node").resolve(file),
          node.resolve(file),
          StandardCopyOption.REPLACE_EXISTING);
    }
    Path log = node.resolve("npm.log");
    Process npm =
        new ProcessBuilder(
                "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")
            .directory(node.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    assertThat(npm.waitFor(5, TimeUnit.MINUTES)).as("npm ci ends").isTrue();
    assertThat(npm.exitValue()).as(Files.readString(log)).isZero();
  }

  private static void holds(RotationPace pace) throws IOException {
    Path parent = Files.createTempDirectory(Path.of("/tmp"), "cf-");
    try {
      Rotation drill =
          new Rotation(
              parent, InstantSource.system(), new SecureRandom(), Optional.of(strangers), pace);
      // Everybody takes part, and a word about each is among what is expected.
      assertThat(drill.expectations()).hasSize(9);
      DrillReport report = DrillRun.carryOut(drill, Narrator.silent(), InstantSource.system());
      assertThat(report.broke()).isEmpty();
      assertThat(report.outcomes())
          .allSatisfy(
              outcome ->
                  assertThat(outcome.held())
                      .as(outcome.expectation().id() + ": " + outcome.observed())
                      .isTrue());
      assertThat(report.held()).isTrue();
    } finally {
      DrillFolder.deleteTree(parent);
    }
  }

  @Test
  void nobodyRefusesATokenOfAKeyThatWasStatedInTime() throws IOException {
    holds(RotationPace.share());
  }

  @Test
  @Tag("full")
  void nobodyWithADefaultCacheRefusesATokenInAThousandRotations() throws IOException {
    holds(RotationPace.full());
  }
}
