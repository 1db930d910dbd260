package dev.counterfoil.cli.release;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** A release that is signed and recorded, and those that are not ours. */
class ReleaseCommandTest {
  private static final String EMPTY =
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

  @TempDir Path folder;
  private Path release;
  private Path with;

  @BeforeEach
  void start() throws Exception {
    release = release("0.1.0");
    with = Files.createDirectory(folder.resolve("with"));
  }

  /** Of one archive, which is empty. */
  private Path release(String version) throws IOException {
    Path made = Files.createDirectory(folder.resolve(version));
    Files.createFile(made.resolve("counterfoil-" + version + ".tar.gz"));
    Files.writeString(made.resolve("SHA256SUMS"), EMPTY + "  counterfoil-" + version + ".tar.gz\n");
    return made;
  }

  private record Run(int exit, String out) {}

  private Run run(String... arguments) {
    PrintStream before = System.out;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    try {
      int exit = new CommandLine(ReleaseCommand.class).execute(arguments);
      return new Run(exit, out.toString(StandardCharsets.UTF_8));
    } finally {
      System.setOut(before);
    }
  }

  private Run sign(Path one) {
    return run("sign", "--with", with.toString(), one.toString());
  }

  private Run verify(Path one) {
    return run("verify", "--keys", with.resolve("release-keys.txt").toString(), one.toString());
  }

  private void isNotOurs(Path one, String why) {
    Run refused = verify(one);
    assertThat(refused.exit).isEqualTo(1);
    assertThat(refused.out).startsWith("NOT OURS").contains(why);
  }

  @Test
  void aNameThatNoKeyCanHaveMakesNone() {
    Run refused = run("sign", "--with", with.toString(), "--name", "a b", release.toString());
    assertThat(refused.exit).isNotZero();
    assertThat(with).isEmptyDirectory();
    assertThat(sign(release).exit).as("the control").isZero();
  }

  @Test
  void eachReleaseHasItsPlaceInOneLog() throws Exception {
    assertThat(sign(release).out).contains("at position 0 of counterfoil.dev/releases/log");
    assertThat(verify(release).exit).isZero();
    Path second = release("0.2.0");
    assertThat(sign(second).out).contains("at position 1");
    assertThat(sign(release).out).as("signed again").contains("at position 0");
    for (Path one : List.of(release, second)) {
      assertThat(verify(one))
          .isEqualTo(
              new Run(
                  0,
                  "VERIFIED  1 files, signed by counterfoil.dev/releases, in"
                      + " counterfoil.dev/releases/log of size 2\n"));
    }
  }

  @Test
  void aChangedReleaseIsNotOurs() throws Exception {
    sign(release);
    Path archive = release.resolve("counterfoil-0.1.0.tar.gz");
    Files.writeString(archive, "more");
    isNotOurs(release, "not as their checksum says: counterfoil-0.1.0.tar.gz");
    assertThat(sign(release).exit).as("nor signed").isEqualTo(1);
    Files.delete(archive);
    Path elsewhere = Files.createFile(folder.resolve("elsewhere"));
    Files.createSymbolicLink(archive, elsewhere);
    isNotOurs(release, "not as their checksum says");
    Files.delete(archive);
    Files.createFile(archive);
    assertThat(verify(release).exit).isZero();
    Files.writeString(release.resolve("SHA256SUMS"), EMPTY + "  RELEASE-NOTES.md\n");
    isNotOurs(release, "of other checksums");
  }

  @Test
  void aFolderWithMoreThanWasSignedIsNotOurs() throws Exception {
    sign(release);
    Path bin = Files.createDirectories(release.resolve("bin/deep"));
    Path elsewhere = Files.createDirectory(folder.resolve("outside"));
    Files.createFile(elsewhere.resolve("file"));
    for (String name :
        List.of("evil.sh", ".evil", "bin/counterfoil", "bin/deep/.x", "a\u001b[2Jb")) {
      Path added = Files.createFile(release.resolve(name));
      isNotOurs(release, "nobody signed these, so delete them or move them away: ");
      assertThat(verify(release).out).doesNotContain("VERIFIED", "\u001b");
      if (!name.contains("\u001b")) {
        isNotOurs(release, name);
      }
      Files.delete(added);
    }
    isNotOurs(release, "bin/deep");
    Files.delete(bin);
    isNotOurs(release, "bin");
    Files.delete(bin.getParent());
    Path link = Files.createSymbolicLink(release.resolve("link"), elsewhere);
    isNotOurs(release, "link");
    Files.delete(link);
    assertThat(verify(release)).as("the control").extracting(Run::exit).isEqualTo(0);
  }

  @Test
  void whatOthersSignedOrOnlySignedIsNotOurs() throws Exception {
    sign(release);
    Path other = release("0.2.0");
    Path theirs = Files.createDirectory(folder.resolve("theirs"));
    assertThat(run("sign", "--with", theirs.toString(), other.toString()).exit).isZero();
    isNotOurs(other, "not signed by counterfoil.dev/releases");
    // With the stolen signing key alone, and a log of the thief's own.
    for (String file : List.of("signer.key", "signer.vkey")) {
      Files.write(theirs.resolve(file), Files.readAllBytes(with.resolve(file)));
    }
    assertThat(run("sign", "--with", theirs.toString(), other.toString()).exit).isZero();
    assertThat(verify(other).exit).isEqualTo(1);
    Files.copy(
        release.resolve(ReleaseFolder.PROOF),
        other.resolve(ReleaseFolder.PROOF),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    isNotOurs(other, "does not lead from the leaf to the root");
    assertThat(sign(other).exit).isZero();
    assertThat(verify(other).exit).isZero();
  }

  @Test
  void checksumsNameFilesOfTheFolderAlone() {
    assertThat(ReleaseFolder.parseSums(EMPTY + "  a.tar.gz\n" + EMPTY + "  b~1.deb\n"))
        .extracting(ReleaseFolder.Sum::name)
        .containsExactly("a.tar.gz", "b~1.deb");
    for (String bad :
        List.of("", EMPTY, EMPTY + "  ../a\n", EMPTY + "  .a\n", EMPTY + " *a\n", "x  a\n")) {
      assertThat(ReleaseFolder.parseSums(bad)).as(bad).isEmpty();
    }
  }
}
