package dev.counterfoil.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The verifier for Node gives each token of {@code vectors/tokens} its code. */
class NodeVerifierTest {
  private static final Path ROOT = Path.of(System.getProperty("counterfoil.root"));

  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  private String run(String... command) throws IOException, InterruptedException {
    Path said = folder.resolve("said.log");
    Process process =
        new ProcessBuilder(command)
            .directory(ROOT.resolve("integrations/node").toFile())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start();
    assertThat(process.waitFor(3, TimeUnit.MINUTES)).as(String.join(" ", command)).isTrue();
    assertThat(process.exitValue()).as(Files.readString(said)).isZero();
    return Files.readString(said);
  }

  @Test
  void everyVectorGetsItsCodeInNodeToo() throws Exception {
    run("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts");
    long vectors;
    try (Stream<Path> cases = Files.list(ROOT.resolve("vectors/tokens/cases"))) {
      vectors = cases.count();
    }
    String said = run("node", "--test", "--test-reporter=tap", "test/");
    // Each vector twice, and the tests around them.
    assertThat(said).contains("\n# fail 0\n").contains("\n    1.." + 2 * vectors + "\n");
  }
}
