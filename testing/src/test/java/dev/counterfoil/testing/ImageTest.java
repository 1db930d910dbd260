package dev.counterfoil.testing;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The image archive, of which the contents are started as an engine would start them. */
class ImageTest {
  private static final Path ROOT = Path.of(System.getProperty("counterfoil.root"));

  private static final Path START = ROOT.resolve("deploy/image/try");
  private static final Pattern BUILT = Pattern.compile("The image is in (dist/\\S+): ");

  @TempDir Path folder;

  /** As root: it makes mounts of its own. */
  @Test
  @Tag("full")
  void whatIsInTheArchiveRunsReadOnlyAndWithoutPrivileges() throws Exception {
    Path archive = archive("./dev", "image");
    String data = Files.createDirectory(folder.resolve("data")).toString();
    assertThat(run(folder, START.toString(), archive.toString(), data, "--version"))
        .startsWith("counterfoil ");
    String ports =
        """
        monitor-listen: "127.0.0.1:%d"
        domains:
          - name: main
            issuer: "http://127.0.0.1:%2$d"
            listen: "127.0.0.1:%2$d"
            tenants: [acme]
            audiences: [demo-api]
            spare-signers: 0
        """
            .formatted(Distribution.freePort(), Distribution.freePort());
    Files.writeString(Path.of(data, "counterfoil.yaml"), ports);
    Process up =
        new ProcessBuilder(
                "timeout",
                "--signal",
                "INT",
                "90",
                START.toString(),
                archive.toString(),
                data,
                "up",
                "--config",
                "counterfoil.yaml")
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("up.txt").toFile())
            .start();
    assertThat(up.waitFor(150, TimeUnit.SECONDS)).isTrue();
    assertThat(Files.readString(folder.resolve("up.txt")))
        .contains("VERIFIED", "REFUSED  key-unknown", "Serving until Ctrl-C.");
  }

  /** As root, and with an emulator on another machine. */
  @Test
  @Tag("full")
  void theArchiveForArm64HasProgramsOfArm64AloneAndTheyRun() throws Exception {
    Path archive = archive("./dev", "image", "--arm64");
    run(folder, "tar", "-xf", archive.toString());
    Path image = Files.createDirectory(folder.resolve("image"));
    StringBuilder json = new StringBuilder();
    for (Path blob : files(folder.resolve("blobs"))) {
      if (isGzip(blob)) {
        run(image, "tar", "--warning=no-unknown-keyword", "-xzf", blob.toString());
      } else {
        json.append(Files.readString(blob));
      }
    }
    assertThat(json).contains("\"architecture\":\"arm64\"");
    Map<String, Integer> machines = new TreeMap<>();
    for (Path file : files(image)) {
      ElfFile.machine(file)
          .ifPresent(machine -> machines.put(image.relativize(file).toString(), machine));
    }
    assertThat(machines)
        .containsKeys(
            "bin/sh",
            "lib/ld-linux-aarch64.so.1",
            "usr/lib/aarch64-linux-gnu/libc.so.6",
            "usr/lib/jvm/java-25-openjdk-arm64/bin/java",
            "usr/lib/jvm/java-25-openjdk-arm64/lib/server/libjvm.so",
            "opt/counterfoil/native/libamazonCorrettoCryptoProvider.so",
            "opt/counterfoil/native/libduckdb_java.so",
            "opt/counterfoil/native/libsqlitejdbc.so");
    assertThat(machines).allSatisfy((_, machine) -> assertThat(machine).isEqualTo(ElfFile.AARCH64));
    String data = Files.createDirectory(folder.resolve("data")).toString();
    assertThat(run(folder, START.toString(), archive.toString(), data, "--version"))
        .startsWith("counterfoil ");
  }

  private static Path archive(String... command) throws IOException, InterruptedException {
    Matcher built = BUILT.matcher(run(ROOT, command));
    assertThat(built.find()).isTrue();
    return ROOT.resolve(built.group(1));
  }

  private static List<Path> files(Path below) throws IOException {
    try (Stream<Path> files = Files.walk(below)) {
      return files.filter(file -> Files.isRegularFile(file, NOFOLLOW_LINKS)).toList();
    }
  }

  private static boolean isGzip(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return in.read() == 0x1f && in.read() == 0x8b;
    }
  }

  private static String run(Path in, String... command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command).directory(in.toFile()).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }
}
