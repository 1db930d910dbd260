package dev.counterfoil.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The verifiers in other languages give each token of {@code vectors/tokens} its code. */
@Tag("turn-1")
class OtherLanguagesTest {

  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  private String run(String language, Map<String, String> environment, String... command)
      throws IOException, InterruptedException {
    return Languages.run(language, folder.resolve("said.log"), environment, command);
  }

  @Test
  void everyVectorGetsItsCodeInNodeToo() throws Exception {
    Languages.installNode(folder.resolve("npm.log"));
    long vectors;
    try (Stream<Path> cases = Files.list(Languages.ROOT.resolve("vectors/tokens/cases"))) {
      vectors = cases.count();
    }
    String said = run("node", Map.of(), "node", "--test", "--test-reporter=tap", "test/");
    // Each vector twice, and the tests around them.
    assertThat(said).contains("\n# fail 0\n").contains("\n    1.." + 2 * vectors + "\n");
  }

  /** With Debian's copy of the one module that it needs, so that nothing is fetched. */
  @Test
  void everyVectorGetsItsCodeInGoToo() throws Exception {
    Map<String, String> offline = Languages.offlineGo(folder);
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
