package dev.counterfoil.cli.token;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.cli.CommandRun;
import dev.counterfoil.cli.command.ExitCode;
import org.junit.jupiter.api.Test;

/** A token that cannot be written is not asked for. */
class TokenOutTest {
  @Test
  void aFolderThatIsNotThereIsSaid() {
    CommandRun run = CommandRun.of("token", "--out", "/nonexist/t");
    assertThat(run.exitCode()).isEqualTo(ExitCode.ENVIRONMENT);
    assertThat(run.err()).contains("cannot write the token to /nonexist/t");
  }
}
