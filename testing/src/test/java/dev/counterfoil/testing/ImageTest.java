package dev.counterfoil.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The image archive, of which the contents are started as an engine would start them. */
class ImageTest {
  private static final Path ROOT = Path.of(System.getProperty("counterfoil.root"));

  @TempDir Path folder;

  /** As root: it makes mounts of its own. */
  @Test
  @Tag("full")
  void whatIsInTheArchiveRunsReadOnlyAndWithoutPrivileges() throws Exception {
    assertThat(run(ROOT, "./dev", "image")).contains("The image is in dist/");
    Path archive;
    try (Stream<Path> files = Files.list(ROOT.resolve("dist"))) {
      archive =
          files.filter(file -> file.toString().endsWith(".oci.tar")).findFirst().orElseThrow();
    }
    String data = Files.createDirectory(folder.resolve("data")).toString();
    String start = ROOT.resolve("deploy/image/try").toString();
    assertThat(run(folder, start, archive.toString(), data, "--version"))
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
                start,
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

  private static String run(Path in, String... command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command).directory(in.toFile()).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }
}
