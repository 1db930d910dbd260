package dev.counterfoil.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What keeps a guard from starting, with the exit code at which its unit does not restart it. */
class GuardCommandTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  private CommandRun guard(String policy) throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("guard.yaml"),
            """
            listen: 127.0.0.1:0
            policy: %s
            services:
              - name: mail
                audience: https://mail.example
                binding: bearer-allowed
                tenants: [acme]
            """
                .formatted(folder.resolve(policy)));
    return CommandRun.of("guard", "--config", file);
  }

  @Test
  void aPolicyThatIsMissingOrNoneIsForAPersonToMend() throws Exception {
    CommandRun missing = guard("missing.policy");
    assertThat(missing.err()).contains("there is no trust policy " + folder);
    assertThat(missing.exitCode()).isEqualTo(3);
    Files.writeString(folder.resolve("bad.policy"), "hello");
    CommandRun bad = guard("bad.policy");
    assertThat(bad.err()).contains("is no trust policy");
    assertThat(bad.exitCode()).isEqualTo(3);
  }

  @Test
  void aMissingFileIsNamedAsOne() {
    CommandRun run =
        CommandRun.of(
            "keys",
            "adopt-legacy",
            "--jwk",
            folder.resolve("missing.jwk"),
            "--until",
            "2027-03-31",
            "--tenant",
            "acme",
            "--audience",
            "https://mail.example",
            "--type",
            "at+jwt");
    assertThat(run.err()).contains("there is no file " + folder.resolve("missing.jwk"));
    assertThat(run.exitCode()).isEqualTo(3);
  }
}
