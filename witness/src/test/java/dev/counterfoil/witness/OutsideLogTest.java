package dev.counterfoil.witness;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.witness.WitnessConfiguration.Cosigning;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Other people's software: a log in Go, on the libraries of the transparency projects, asks our
 * witness, gets what it asked for, and is refused what it should be.
 */
@Timeout(600)
class OutsideLogTest {
  private static final Path SOURCE =
      Path.of(System.getProperty("counterfoil.root", ".."), "witness/src/test/go/asker/asker.go");

  @TempDir
  @SuppressWarnings("NullAway.Init") // made before the tests
  private static Path built;

  @TempDir
  @SuppressWarnings("NullAway.Init") // made before each test
  private Path folder;

  @BeforeAll
  static void build() throws Exception {
    ProcessBuilder go =
        new ProcessBuilder(
            "go", "build", "-o", built.resolve("asker").toString(), SOURCE.toString());
    go.environment().put("GO111MODULE", "off");
    go.environment().put("GOPATH", "/usr/share/gocode");
    go.environment().put("GOFLAGS", "");
    Process process;
    try {
      process = go.redirectErrorStream(true).start();
    } catch (IOException e) {
      throw new AssertionError(
          "install golang-go, golang-golang-x-mod-dev and golang-github-transparency-dev-formats-dev,"
              + " as ./dev test does",
          e);
    }
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(out).isZero();
  }

  @ParameterizedTest
  @EnumSource(names = {"BOTH", "ED25519"})
  void aLogInGoIsCosigned(Cosigning cosign) throws Exception {
    TestWitness.accept(folder);
    try (TestWitness witness =
        TestWitness.start(folder, InstantSource.system(), cosign, Duration.ofSeconds(30))) {
      CosignerKey ed25519 = witness.witness().keys().get(0);
      Process process =
          new ProcessBuilder(
                  built.resolve("asker").toString(),
                  "-url",
                  "http://127.0.0.1:" + witness.witness().port(),
                  "-vkey",
                  ed25519.toString())
              .redirectErrorStream(true)
              .start();
      try (BufferedReader out = process.inputReader()) {
        NoteKey log = NoteKey.parse(out.readLine());
        Files.writeString(folder.resolve("logs.txt"), "log " + log + "\n");
        process.outputWriter().append("go\n").flush();
        assertThat(out.lines().collect(Collectors.joining("\n"))).isEqualTo("OK");
      }
      assertThat(process.waitFor()).isZero();
    }
  }
}
