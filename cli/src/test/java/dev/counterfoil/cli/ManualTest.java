package dev.counterfoil.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.counterfoil.cli.manual.Manual;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Man pages and completion, read by the programs that they are for. */
class ManualTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path share;

  @BeforeEach
  void write() throws Exception {
    new Manual(share).write(CounterfoilCommand.commandLine());
  }

  private static String run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said;
  }

  @Test
  void everyCommandHasAPageThatManReadsWithoutAWarning() throws Exception {
    Path man = Path.of("/usr/bin/man");
    assumeTrue(Files.isExecutable(man));
    List<String> pages = new ArrayList<>();
    try (Stream<Path> files = Files.list(share.resolve("man/man1"))) {
      files.map(Path::toString).sorted().forEach(pages::add);
    }
    assertThat(pages).hasSizeGreaterThan(80);
    List<String> command = new ArrayList<>(List.of(man.toString(), "--warnings=w", "-l"));
    command.addAll(pages);
    String text = run(command.toArray(String[]::new));
    assertThat(text)
        .doesNotContain("warning:")
        .contains("counterfoil-client-add - Registers a client")
        .contains("counterfoil client rotate-secret mail-app --keep-old");
  }

  @Test
  void bashCompletesCommandsAndOptions() throws Exception {
    Path script = share.resolve("bash-completion/completions/counterfoil");
    String completes =
        "source "
            + script
            + "; COMP_WORDS=(counterfoil client \"$1\"); COMP_CWORD=2;"
            + " _complete_counterfoil; echo \"${COMPREPLY[@]}\"";
    assertThat(run("/bin/bash", "-c", completes, "test", "rot").strip()).isEqualTo("rotate-secret");
    assertThat(run("/bin/bash", "-c", completes, "test", "zzz").strip()).isEmpty();
  }
}
