package dev.counterfoil.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** What Node, Go and Python need here, and how their programs are run. */
final class Languages {
  static final Path ROOT = Path.of(System.getProperty("counterfoil.root"));
  private static final Path SUMDB = Path.of("/usr/share/gocode/src/golang.org/x/mod");

  /** Test classes run beside each other, each in a process of its own, and npm has one folder. */
  private static final Path INSTALLED = folder("node").resolve("node_modules/.package-lock.json");

  private Languages() {}

  static Path folder(String language) {
    return ROOT.resolve("integrations").resolve(language);
  }

  /** Runs a command in a language's folder to its end, which must be a good one. */
  static String run(String language, Path said, Map<String, String> environment, String... command)
      throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder(language).toFile())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile());
    builder.environment().putAll(environment);
    Process process = builder.start();
    assertThat(process.waitFor(3, TimeUnit.MINUTES)).as(String.join(" ", command)).isTrue();
    assertThat(process.exitValue()).as(Files.readString(said)).isZero();
    return Files.readString(said);
  }

  /** Installs what package-lock.json names, unless it is there. */
  static void installNode(Path said) throws IOException, InterruptedException {
    Path target = Files.createDirectories(folder("node").resolve("target"));
    try (FileChannel file =
            FileChannel.open(
                target.resolve("npm.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock held = file.lock()) {
      assertThat(held.isValid()).isTrue();
      Path lockFile = folder("node").resolve("package-lock.json");
      if (Files.exists(INSTALLED)
          && Files.getLastModifiedTime(INSTALLED).compareTo(Files.getLastModifiedTime(lockFile))
              > 0) {
        return;
      }
      run("node", said, Map.of(), "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts");
    }
  }

  /** With Debian's copy of the one module that Go needs, so that nothing is fetched. */
  static Map<String, String> offlineGo(Path folder) throws IOException {
    assertThat(SUMDB).as("install golang-golang-x-mod-dev, as ./dev test does").isDirectory();
    Path module = folder("go");
    Files.writeString(
        folder.resolve("go.mod"),
        Files.readString(module.resolve("go.mod"))
            + "\nreplace golang.org/x/mod => "
            + SUMDB
            + "\n");
    Files.copy(
        module.resolve("go.sum"), folder.resolve("go.sum"), StandardCopyOption.REPLACE_EXISTING);
    return Map.of(
        "GOPROXY", "off",
        "GOFLAGS", "-mod=mod -modfile=" + folder.resolve("go.mod"),
        "GOTOOLCHAIN", "local");
  }
}
