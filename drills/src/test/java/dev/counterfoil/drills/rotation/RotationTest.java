package dev.counterfoil.drills.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.drills.run.WholeDrill;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The drill with real processes, and with all verifiers that we did not write. */
@Tag("turn-3")
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

  private static void holds(RotationPace pace) throws Exception {
    Rotation drill = rotation(Optional.of(strangers), pace);
    // A word about each is among what is expected.
    assertThat(drill.absent()).isEmpty();
    assertThat(drill.expectations()).hasSize(11);
    WholeDrill.holds(drill);
  }

  private static Rotation rotation(Optional<Path> programs, RotationPace pace) {
    return new Rotation(programs, pace);
  }

  @Test
  void whoIsNotThereIsNamed() {
    Rotation ours = rotation(Optional.empty(), RotationPace.share());
    assertThat(ours.absent()).hasSize(3);
    assertThat(ours.expectations()).hasSize(7);
  }

  /**
   * Races the time limits of others' verifiers, one of which gives up a fetch after half a second:
   * a machine that has much else to do loses it now and then. A key that is stated too late loses
   * it each time.
   */
  @Test
  void nobodyRefusesATokenOfAKeyThatWasStatedInTime() throws Exception {
    for (int more = 2; true; more--) {
      try {
        holds(RotationPace.share());
        return;
      } catch (AssertionError e) {
        if (more == 0) {
          throw e;
        }
        System.err.println("once more: " + e.getMessage());
      }
    }
  }

  @Test
  @Tag("full")
  void nobodyWithADefaultCacheRefusesATokenInAThousandRotations() throws Exception {
    holds(RotationPace.full());
  }
}
