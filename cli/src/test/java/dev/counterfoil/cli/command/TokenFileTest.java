package dev.counterfoil.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A token that may be renewed while a command runs. */
class TokenFileTest {
  @TempDir Path folder;

  @Test
  void aFileIsReadAgainEachTime() throws Exception {
    Path file = Files.writeString(folder.resolve("token"), "first\n");
    Supplier<String> token = TokenFile.again(file.toString());
    assertThat(token.get()).isEqualTo("first");
    Files.writeString(file, "second\n");
    assertThat(token.get()).isEqualTo("second");
    String missing = folder.resolve("missing").toString();
    assertThatThrownBy(() -> TokenFile.again(missing))
        .isInstanceOf(CommandFailure.class)
        .hasMessageContaining("cannot read");
  }
}
