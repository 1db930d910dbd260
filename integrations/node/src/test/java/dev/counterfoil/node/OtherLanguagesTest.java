package dev.counterfoil.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The verifiers in other languages give each token of {@code vectors/tokens} its code. */
class OtherLanguagesTest {
  private static final Path ROOT = Path.of(System.getProperty("counterfoil.root"));
  private static final Path SUMDB = Path.of("/usr/share/gocode/src/golang.org/x/mod");

  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  private String run(String language, Map<String, String> environment, String... command)
      throws IOException, InterruptedException {
    Path said = folder.resolve("said.log");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(ROOT.resolve("integrations").resolve(language).toFile())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile());
    builder.environment().putAll(environment);
    Process process = builder.start();
    assertThat(process.waitFor(3, TimeUnit.MINUTES)).as(String.join(" ", command)).isTrue();
    assertThat(process.exitValue()).as(Files.readString(said)).isZero();
    return Files.readString(said);
  }

  @Test
  void everyVectorGetsItsCodeInNodeToo() throws Exception {
    run("node", Map.of(), "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts");
    long vectors;
    try (Stream<Path> cases = Files.list(ROOT.resolve("vectors/tokens/cases"))) {
      vectors = cases.count();
    }
    String said = run("node", Map.of(), "node", "--test", "--test-reporter=tap", "test/");
    // Each vector twice, and the tests around them.
    assertThat(said).contains("\n# fail 0\n").contains("\n    1.." + 2 * vectors + "\n");
  }

  /** With Debian's copy of the one module that it needs, so that nothing is fetched. */
  @Test
  void everyVectorGetsItsCodeInGoToo() throws Exception {
    assertThat(SUMDB).as("install golang-golang-x-mod-dev, as ./dev test does").isDirectory();
    Path module = ROOT.resolve("integrations/go");
    Files.writeString(
        folder.resolve("go.mod"),
        Files.readString(module.resolve("go.mod"))
            + "\nreplace golang.org/x/mod => "
            + SUMDB
            + "\n");
    Files.copy(module.resolve("go.sum"), folder.resolve("go.sum"));
    Map<String, String> offline =
        Map.of(
            "GOPROXY", "off",
            "GOFLAGS", "-mod=mod -modfile=" + folder.resolve("go.mod"),
            "GOTOOLCHAIN", "local");
    run("go", offline, "go", "vet", "./...");
    String said = run("go", offline, "go", "test", "-count=1", "-v", "./...");
    assertThat(said).contains("--- PASS: TestEachTokenGetsItsCode").doesNotContain("--- SKIP");
    assertThat(run("go", offline, "gofmt", "-l", ".")).isEmpty();
  }

  @Test
  void everyVectorGetsItsCodeInPythonToo() throws Exception {
    Map<String, String> source = Map.of("PYTHONPATH", "src", "PYTHONDONTWRITEBYTECODE", "1");
    String[] tests = {
      "python3", "-W", "error", "-m", "unittest", "discover", "-v", "-t", ".", "-s", "tests"
    };
    assertThat(run("python", source, tests))
        .contains("test_each_token_gets_its_code", "\nOK\n")
        .doesNotContain("skipped");
  }
}
