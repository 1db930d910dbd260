package dev.counterfoil.testing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code ./dev release} refuses, and that two builds make the same archives. */
class ReleaseTest {
  private static final Path ROOT = Path.of(System.getProperty("counterfoil.root"));

  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  @Test
  void aVersionThatIsNoneOrHasNoNotesIsRefused() throws Exception {
    Path clone = smallRepository();
    Run noVersion = run(clone, "./dev", "release", "latest");
    assertThat(noVersion.exit).isEqualTo(2);
    assertThat(noVersion.output).contains("Error: name the version, such as: ./dev release 0.1.0");
    Run mistyped = run(clone, "./dev", "release", "0.1.0", "--twic");
    assertThat(mistyped.exit).isEqualTo(2);
    assertThat(mistyped.output).contains("--twice and --sign DIR, and not '--twic'");
    Run noNotes = run(clone, "./dev", "release", "99.0.0");
    assertThat(noNotes.exit).isEqualTo(2);
    assertThat(noNotes.output).contains("Error: CHANGELOG.md has no heading '## 99.0.0'");
  }

  @Test
  void aChangedTreeIsRefused() throws Exception {
    Path clone = smallRepository();
    Files.writeString(clone.resolve("README.md"), "new");
    Run changed = run(clone, "./dev", "release", "0.1.0");
    assertThat(changed.exit).isEqualTo(2);
    assertThat(changed.output).contains("Error: the working tree has changes.");
  }

  /** Also the control of the two above: the same clone makes a release. */
  @Test
  @Tag("full")
  void twoBuildsMakeTheSameArchivesAndTheCommandKnowsItsVersion() throws Exception {
    Path clone = folder.resolve("clone");
    Run cloned = run(folder, "git", "clone", "-q", ROOT.toString(), clone.toString());
    assertThat(cloned.exit).as(cloned.output).isZero();
    String with = folder.resolve("with").toString();
    Run released = run(clone, "./dev", "release", "0.1.0", "--twice", "--sign", with);
    assertThat(released.exit).as(released.output).isZero();
    assertThat(released.output).contains("Both builds are the same, byte for byte.");
    Path release = clone.resolve("dist/release/0.1.0");
    assertThat(run(release, "sha256sum", "--check", "SHA256SUMS").exit).isZero();
    assertThat(Files.readString(release.resolve("RELEASE-NOTES.md"))).startsWith("## 0.1.0");
    assertThat(Files.readString(release.resolve("counterfoil-0.1.0.cdx.json")))
        .contains("\"bomFormat\" : \"CycloneDX\"", "counterfoil-verifier@0.1.0", "helidon");
    assertThat(release.resolve("counterfoil_0.1.0_amd64.deb")).isNotEmptyFile();
    assertThat(run(release, "tar", "-tzf", "counterfoil-0.1.0.tar.gz").output)
        .contains("/lib/counterfoil-authority-0.1.0.jar")
        .doesNotContain("drills", "/tools/");
    assertThat(run(release, "tar", "-tzf", "counterfoil-tools-0.1.0.tar.gz").output)
        .contains("/tools/lib/counterfoil-drills-0.1.0.jar")
        .doesNotContain("counterfoil-authority");
    assertThat(run(release, "dpkg-deb", "-c", "counterfoil_0.1.0_amd64.deb").output)
        .contains("./opt/counterfoil/lib/counterfoil-authority-0.1.0.jar")
        .doesNotContain("drills", "/tools/");
    assertThat(run(release, "dpkg-deb", "-c", "counterfoil-tools_0.1.0_all.deb").output)
        .contains("./opt/counterfoil/tools/lib/counterfoil-drills-0.1.0.jar");
    assertThat(run(release, "dpkg-deb", "-f", "counterfoil_0.1.0_arm64.deb", "Architecture").output)
        .isEqualTo("arm64\n");
    String keys = with + "/release-keys.txt";
    Run verified =
        run(clone, "./counterfoil", "release", "verify", "--keys", keys, release.toString());
    assertThat(verified.exit).as(verified.output).isZero();
    assertThat(run(release, "tar", "-xzf", "counterfoil-0.1.0.tar.gz").exit).isZero();
    assertThat(run(release, "counterfoil-0.1.0/bin/counterfoil", "--version").output)
        .isEqualTo("counterfoil 0.1.0\n");
  }

  /** A repository with what the command reads before it builds. */
  private Path smallRepository() throws Exception {
    for (String file : List.of("dev", "CHANGELOG.md")) {
      Files.copy(ROOT.resolve(file), folder.resolve(file), StandardCopyOption.COPY_ATTRIBUTES);
    }
    run(folder, "git", "init", "-q");
    run(folder, "git", "add", "--all");
    Run committed =
        run(
            folder,
            "git",
            "-c",
            "user.name=test",
            "-c",
            "user.email=test@example.org",
            "commit",
            "-qm",
            "all");
    assertThat(committed.exit).as(committed.output).isZero();
    return folder;
  }

  private record Run(int exit, String output) {}

  private static Run run(Path in, String... command) throws IOException, InterruptedException {
    Path output = Files.createTempFile("release", ".txt");
    try {
      Process process =
          new ProcessBuilder(command)
              .directory(in.toFile())
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      if (!process.waitFor(20, TimeUnit.MINUTES)) {
        process.destroyForcibly();
        throw new IOException("no end of " + String.join(" ", command));
      }
      return new Run(process.exitValue(), Files.readString(output, UTF_8));
    } finally {
      Files.delete(output);
    }
  }
}
