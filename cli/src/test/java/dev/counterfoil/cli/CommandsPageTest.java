package dev.counterfoil.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.cli.command.ExitCode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/**
 * The table in docs/reference/commands.md is the one of the commands. {@code -Dregenerate=true}
 * writes it anew.
 */
final class CommandsPageTest {
  private static final Path PAGE =
      Path.of(System.getProperty("counterfoil.root"), "docs/reference/commands.md");

  private static final String BEGIN = "<!-- commands -->\n";
  private static final String END = "<!-- end of commands -->";

  @Test
  void theTableIsTheOneOfTheCommands() throws Exception {
    String page = Files.readString(PAGE);
    StringBuilder table = new StringBuilder("| command | what it does |\n|---|---|\n");
    int commands = append(table, CounterfoilCommand.commandLine());
    String expected =
        page.substring(0, page.indexOf(BEGIN) + BEGIN.length())
            + table
            + page.substring(page.indexOf(END));
    if (Boolean.getBoolean("regenerate")) {
      Files.writeString(PAGE, expected);
    }
    assertThat(commands).isGreaterThan(40);
    assertThat(Files.readString(PAGE)).isEqualTo(expected);
  }

  @Test
  void thePageExplainsEveryExitCode() throws Exception {
    String page = Files.readString(PAGE);
    for (var code : ExitCode.class.getDeclaredFields()) {
      if (code.getType() == int.class) {
        assertThat(page).as(code.getName()).contains("| " + code.getInt(null) + " | ");
      }
    }
  }

  private static int append(StringBuilder table, CommandLine parent) {
    int commands = 0;
    for (CommandLine command : parent.getSubcommands().values()) {
      if (command.getSubcommands().isEmpty()) {
        String[] description = command.getCommandSpec().usageMessage().description();
        table
            .append("| `")
            .append(command.getCommandSpec().qualifiedName())
            .append("` | ")
            .append(Pattern.compile("(?<!\\\\)\\|").matcher(description[0]).replaceAll("\\\\|"))
            .append(" |\n");
        commands++;
      }
      commands += append(table, command);
    }
    return commands;
  }
}
