package dev.counterfoil.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.SampleContext;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The file that says where the processes are, as commands read it. */
class ContextCommandTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  @SuppressWarnings("NullAway.Init") // each test starts with one
  private Path file;

  @BeforeEach
  void twoDomains() throws Exception {
    file = folder.resolve("cli.yaml");
    Files.writeString(
        file,
        "# mine\ncontexts:\n" + SampleContext.text("one", "s1") + SampleContext.text("two", "s1"));
  }

  private CommandRun run(String... words) {
    Object[] all = new Object[words.length + 2];
    System.arraycopy(words, 0, all, 0, words.length);
    all[words.length] = "--config";
    all[words.length + 1] = file;
    return CommandRun.of(all);
  }

  @Test
  void ofSeveralOneIsNamedOrChosen() throws Exception {
    assertThat(run("context", "list").out()).contains("  one (domain one)", "  two (domain two)");
    CommandRun unnamed = run("context", "show");
    assertThat(unnamed.exitCode()).isEqualTo(ExitCode.ENVIRONMENT);
    assertThat(unnamed.err()).contains("--context", "one, two");
    assertThat(run("context", "show", "--context", "two").out()).contains("domains/two/registrar");
    assertThat(run("context", "show", "--domain", "one").out()).contains("domains/one/registrar");
    assertThat(run("context", "show", "--context", "three").err())
        .contains("no context three", "one, two");

    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    assertThat(run("context", "use", "two").exitCode()).isZero();
    assertThat(Files.readString(file)).contains("# mine", "current: \"two\"");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-r-----");
    assertThat(run("context", "list").out()).contains("* two");
    assertThat(run("context", "show").out()).contains("domains/two/registrar");
    assertThat(run("context", "use", "one").exitCode()).isZero();
    assertThat(Files.readString(file)).containsOnlyOnce("current:");
    assertThat(run("context", "use", "three").exitCode()).isEqualTo(ExitCode.ENVIRONMENT);
  }

  @Test
  void aWrongFileIsRefusedWithItsLine() throws Exception {
    Files.writeString(file, "contexts:\n" + SampleContext.text("one", "s1") + "colour: red\n");
    CommandRun unknown = run("context", "list");
    assertThat(unknown.exitCode()).isEqualTo(ExitCode.ENVIRONMENT);
    assertThat(unknown.err()).contains("cli.yaml:", "unknown key 'colour'");
    Files.writeString(file, "current: three\ncontexts:\n" + SampleContext.text("one", "s1"));
    assertThat(run("client", "list").err()).contains("cli.yaml:", "'current'", "one");
  }

  @Test
  void whoIsNotThereIsNamedWithItsSocket() {
    CommandRun clients = run("client", "list", "--context", "one");
    assertThat(clients.exitCode()).isEqualTo(ExitCode.UNAVAILABLE);
    assertThat(clients.err()).contains("the authority", "it is not running", "one/authority/admin");
    CommandRun findings = run("findings");
    assertThat(findings.exitCode()).isEqualTo(ExitCode.UNAVAILABLE);
    assertThat(findings.err()).contains("the monitor", "it is not running", "monitor/admin.sock");
  }
}
