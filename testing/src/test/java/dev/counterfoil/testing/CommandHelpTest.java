package dev.counterfoil.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.testing.Distribution.Result;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every command explains itself, and what is called wrongly is told how. */
class CommandHelpTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "up",
        "token",
        "verify",
        "log check",
        "keys list",
        "keys restore-log",
        "signer doctor",
        "signer diagnose",
        "signer succeed",
        "run",
        "keys readiness",
        "keys audit",
        "keys pause",
        "keys resume",
        "keys taint",
        "keys revoke",
        "keys confirm",
        "root key",
        "root init",
        "root delegate",
        "root sign",
        "root show",
        "root rotate",
        "root recover",
        "root record",
        "root statement-key",
        "findings",
        "audit trace",
        "audit search",
        "audit export",
        "audit verify",
        "audit key",
        "audit tenants",
        "audit check",
        "audit hold",
        "audit forget",
        "audit restore",
        "audit sql",
        "audit ship dovecot",
        "audit ship m365",
        "audit import",
        "audit conformance",
        "client",
        "person",
        "context list",
        "context show",
        "compromise",
        "scan",
        "witness",
        "guard",
        "exposure",
        "assess",
        "drill"
      })
  void everyCommandHasHelp(String command) throws Exception {
    String[] words = (command + " --help").split(" ");
    Result help = Distribution.run(folder, words);
    assertThat(help.exitCode()).as(help.err()).isZero();
    assertThat(help.out()).contains("Usage: counterfoil " + command).contains("--json");
  }

  @Test
  void withoutACommandItSaysWhatThereIs() throws Exception {
    Result result = Distribution.run(folder);
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("Usage: counterfoil", "up", "drill");
  }

  @Test
  void withoutAnInstallationItSaysHowToStartOne() throws Exception {
    Result result = Distribution.run(folder, "token");
    assertThat(result.exitCode()).isEqualTo(3);
    assertThat(result.err()).contains("counterfoil up");
  }

  @Test
  void anUnknownOptionIsNamed() throws Exception {
    Result result = Distribution.run(folder, "verify", "--tenent", "acme", "-");
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("--tenent");
  }
}
