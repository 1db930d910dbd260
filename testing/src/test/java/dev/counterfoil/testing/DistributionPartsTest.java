package dev.counterfoil.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.testing.Distribution.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What attacks installations is a part of its own, which servers do without. */
class DistributionPartsTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  private static List<String> names(String where) throws IOException {
    try (Stream<Path> files = Files.list(Distribution.home().resolve(where))) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  @Test
  void drillsAndLoadGeneratorsAreOnNoServersClassPath() throws Exception {
    assertThat(names("lib"))
        .anyMatch(name -> name.startsWith("counterfoil-authority-"))
        .noneMatch(name -> name.matches("counterfoil-(drills|benchmarks|strangers|testing)-.*"))
        .noneMatch(name -> name.matches("(playwright|driver|jmh-|junit|greenmail).*"));
    assertThat(names("tools/lib"))
        .singleElement()
        .asString()
        .startsWith("counterfoil-drills-")
        .endsWith(".jar");
    assertThat(names("tools/strangers")).contains("lib", "node");
  }

  @Test
  void withoutTheToolsTheCommandNamesThePackageThatIsMissing() throws Exception {
    Path home = folder.resolve("home");
    Files.createDirectories(home.resolve("bin"));
    Files.copy(
        Distribution.home().resolve("bin/counterfoil"),
        home.resolve("bin/counterfoil"),
        StandardCopyOption.COPY_ATTRIBUTES);
    for (String part : List.of("lib", "native")) {
      Files.createSymbolicLink(home.resolve(part), Distribution.home().resolve(part));
    }
    Result missing = Distribution.runOf(home, folder, "drill", "storm-0558");
    assertThat(missing.exitCode()).as(missing.err()).isEqualTo(3);
    assertThat(missing.err()).contains("Error: drills are tools", "counterfoil-tools_");
    assertThat(Distribution.runOf(home, folder, "drill", "--help").out()).contains("throwaway");

    Files.createSymbolicLink(home.resolve("tools"), Distribution.home().resolve("tools"));
    Result installed = Distribution.runOf(home, folder, "drill");
    assertThat(installed.exitCode()).as(installed.err()).isZero();
    assertThat(installed.out()).contains("storm-0558");
  }
}
