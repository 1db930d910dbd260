package dev.counterfoil.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The script that starts the command, with a Java runtime that prints its arguments. */
class LauncherTest {
  private static final Path SCRIPT = Path.of("src/main/distribution/bin/counterfoil");
  private static final String HALF = "-XX:TieredStopAtLevel=1";

  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  @BeforeEach
  void makeRuntime() throws IOException {
    Path java = Files.createDirectories(folder.resolve("java/bin")).resolve("java");
    Files.writeString(folder.resolve("java/release"), "JAVA_VERSION=\"25.0.1\"\n");
    Files.writeString(java, "#!/bin/sh\nprintf '%s\\n' \"$@\"\n");
    Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwx------"));
  }

  private List<String> started(String command) throws Exception {
    List<String> words = new ArrayList<>(List.of("bash", SCRIPT.toString()));
    words.addAll(List.of(command.split(" ", -1)));
    ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true);
    builder.environment().putAll(Map.of("JAVA_HOME", folder.resolve("java").toString()));
    builder.environment().remove("COUNTERFOIL_RECORD_STARTS");
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    List<String> arguments = output.lines().toList();
    assertThat(arguments)
        .endsWith(words.subList(2, words.size()).toArray(String[]::new))
        .contains("dev.counterfoil.cli.CounterfoilCommand");
    return arguments;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "witness --config w.yaml",
        "custodian --config c.yaml",
        "guard --config g.yaml",
        "scan core",
        "log check https://login.example/logs/s1g1",
        "log watch https://login.example/logs/s1g1",
        "audit ship dovecot",
        "audit verify export.zip"
      })
  void whatServesOrReadsMuchHasBothCompilers(String command) throws Exception {
    assertThat(started(command)).doesNotContain(HALF);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"token", "log prove token.txt", "audit search", "custodian shred --data d", "up"})
  void whatEndsSoonOrOnlyStartsOthersHasTheFirst(String command) throws Exception {
    assertThat(started(command)).contains(HALF);
  }

  @Test
  void whatWaitsAsLongAsTheInstallationRunsHasASmallYoungGeneration() throws Exception {
    assertThat(started("up"))
        .contains("-XX:MaxNewSize=5m")
        .contains("-XX:TrimNativeHeapInterval=30000");
    assertThat(started("token")).noneMatch(word -> word.startsWith("-XX:MaxNewSize="));
  }
}
