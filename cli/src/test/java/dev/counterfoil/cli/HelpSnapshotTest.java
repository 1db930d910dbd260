package dev.counterfoil.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;

/**
 * Holds the help text of every command, as the terminal shows it, so that a change of a text is
 * seen in a diff. {@code -Dregenerate=true} writes it anew.
 */
final class HelpSnapshotTest {
  private static final Path SNAPSHOT =
      Path.of(System.getProperty("counterfoil.root"), "cli/src/test/resources/help.txt");

  @Test
  void everyHelpTextIsTheOneOfTheSnapshot() throws Exception {
    StringBuilder texts = new StringBuilder();
    int commands = append(texts, CounterfoilCommand.commandLine());
    if (Boolean.getBoolean("regenerate")) {
      Files.createDirectories(SNAPSHOT.getParent());
      Files.writeString(SNAPSHOT, texts);
    }
    assertThat(commands).isGreaterThan(40);
    assertThat(texts.toString()).isEqualTo(Files.readString(SNAPSHOT));
  }

  private static int append(StringBuilder texts, CommandLine command) {
    String name = command.getCommandSpec().qualifiedName();
    texts
        .append("=== ")
        .append(name)
        .append("\n\n")
        .append(command.getUsageMessage(Ansi.OFF).replaceAll("[ \r]*\n", "\n").strip())
        .append("\n\n");
    int commands = 1;
    for (CommandLine below : command.getSubcommands().values()) {
      commands += append(texts, below);
    }
    return commands;
  }
}
