package dev.counterfoil.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.testing.Distribution.Result;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A start cache holds code of the jars that it was made from: with other jars it must not run. */
class StartCacheTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  @SuppressWarnings("NullAway.Init") // set before each test
  private Path home;

  /** A copy with jars of its own, beside the caches of the distribution. */
  @BeforeEach
  void copyTheDistribution() throws Exception {
    if (!Files.exists(Distribution.home().resolve("cache/jars.sha256"))) {
      run(Distribution.home().resolve("bin/start-cache").toString());
    }
    home = Files.createDirectory(folder.resolve("counterfoil"));
    for (String part : List.of("bin", "lib")) {
      run("cp", "-a", Distribution.home().resolve(part).toString(), home.toString());
    }
    for (String part : List.of("native", "cache")) {
      Files.createSymbolicLink(home.resolve(part), Distribution.home().resolve(part));
    }
    Files.writeString(folder.resolve("authority.yaml"), "no-such-key: 1\n");
    letTheJarsAge();
  }

  /** A jar that changed in the tick before a start may have changed after the look at its hash. */
  private static void letTheJarsAge() throws InterruptedException {
    Thread.sleep(100);
  }

  @Test
  void programsStartFromTheirCacheWhileTheJarsAreThoseItWasMadeFrom() throws Exception {
    for (String program : List.of("authority", "monitor")) {
      assertThat(command(program)).anyMatch(word -> word.startsWith("-XX:AOTCache="));
    }
    assertThat(authority().err()).contains("no-such-key");
  }

  /** A patch may have the old file's time and size, as where builds are reproducible. */
  @Test
  void aReplacedJarRunsAndNotTheCopyOfItInTheCache() throws Exception {
    Path jar = jar("counterfoil-authority-");
    FileTime time = Files.getLastModifiedTime(jar);
    try (FileSystem zip = FileSystems.newFileSystem(jar)) {
      Files.delete(zip.getPath("/dev/counterfoil/authority/AuthorityMain.class"));
    }
    Files.setLastModifiedTime(jar, time);
    assertThat(command("authority")).noneMatch(word -> word.startsWith("-XX:AOTCache="));
    assertThat(authority().err()).contains("Could not find or load main class");
  }

  @Test
  void anAddedJarAndAMissingOneEndTheCache() throws Exception {
    Path added = Files.copy(jar("counterfoil-authority-"), home.resolve("lib/zz-patch.jar"));
    assertThat(command("authority")).noneMatch(word -> word.startsWith("-XX:AOTCache="));
    Files.delete(added);
    letTheJarsAge();
    assertThat(command("authority")).anyMatch(word -> word.startsWith("-XX:AOTCache="));
    Files.delete(jar("zstd-jni-"));
    assertThat(command("authority")).noneMatch(word -> word.startsWith("-XX:AOTCache="));
  }

  private List<String> command(String program) throws Exception {
    return Distribution.runOf(home, folder, "run", program, "--config", "authority.yaml", "--show")
        .out()
        .lines()
        .toList();
  }

  private Result authority() throws Exception {
    return Distribution.runOf(home, folder, "run", "authority", "--config", "authority.yaml");
  }

  private Path jar(String prefix) throws IOException {
    try (var jars = Files.newDirectoryStream(home.resolve("lib"), prefix + "*.jar")) {
      return jars.iterator().next();
    }
  }

  private static void run(String... command) throws Exception {
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
  }
}
