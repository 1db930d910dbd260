package dev.counterfoil.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The Debian package on a machine that boots: its units under a systemd of their own, through what
 * happens to hosts, another start, and a theft. The package is {@code ./dev deb}'s.
 */
@Tag("full")
class BootedMachineTest {
  private static final Path CLONE = Path.of(System.getProperty("counterfoil.root"));
  private static final Path RESOURCES = CLONE.resolve("testing/src/test/resources/booted");
  private static final Duration PATIENCE = Duration.ofMinutes(20);

  @Test
  void theInstalledUnitsLiveOnAMachineThatStartsAgain(@TempDir Path folder) throws Exception {
    assumeTrue(System.getProperty("user.name").equals("root"), "only root makes a machine");
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/mmdebstrap")), "mmdebstrap is not installed");
    Path root = folder.resolve("root");
    assertThat(run(folder.resolve("deb.log"), CLONE.resolve("dev").toString(), "deb")).isZero();
    int made =
        run(
            folder.resolve("image.log"),
            "bash",
            RESOURCES.resolve("image.sh").toString(),
            debianPackage().toString(),
            RESOURCES.resolve("walk.sh").toString(),
            root.toString());
    assertThat(made).as(Files.readString(folder.resolve("image.log"))).isZero();
    for (String start : List.of("first", "second")) {
      // A machine that is switched off is killed by its kernel.
      run(folder.resolve(start), "bash", RESOURCES.resolve("boot.sh").toString(), root.toString());
    }
    String console = Files.readString(root.resolve("root/walk.log"));
    for (String part :
        List.of("first token", "host life", "each alone", "second start", "killed")) {
      assertThat(section(console, part)).as(part).contains("VERIFIED");
    }
    assertThat(section(console, "installs")).contains("Everything runs.");
    assertThat(section(console, "protection"))
        .contains("Every essential protection (*) holds.", "held      landlock")
        .doesNotContain("NOT HELD  landlock");
    assertThat(section(console, "forged")).contains("REFUSED", "unknown-key");
    assertThat(section(console, "contained")).contains("CONTAINED", "VERIFIED");
    assertThat(section(console, "removed")).contains("no unit is left");
    assertThat(console).contains("## done");
  }

  private static Path debianPackage() throws IOException {
    try (var files = Files.list(CLONE.resolve("dist"))) {
      return files
          .filter(file -> file.getFileName().toString().matches("counterfoil_.*_amd64\\.deb"))
          .findFirst()
          .orElseThrow();
    }
  }

  private static int run(Path said, String... words) throws Exception {
    Process process =
        new ProcessBuilder(words)
            .directory(CLONE.toFile())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start();
    try {
      boolean ended = process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      assertThat(ended).as("it ends: " + Files.readString(said)).isTrue();
      return process.exitValue();
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  private static String section(String console, String heading) {
    int from = console.indexOf("## " + heading);
    assertThat(from).as(heading + " in " + console).isNotNegative();
    int to = console.indexOf("\n## ", from + 1);
    return console.substring(from, to < 0 ? console.length() : to);
  }
}
