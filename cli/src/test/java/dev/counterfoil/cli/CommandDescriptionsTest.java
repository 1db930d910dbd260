package dev.counterfoil.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** What stands beside a command in the list of commands. */
final class CommandDescriptionsTest {
  /** What a line of the list has room for, beside the longest name. */
  private static final int CHARACTERS_MAX = 80;

  @Test
  void everyCommandSaysInOneShortSentenceWhatItDoes() {
    List<String> wrong = new ArrayList<>();
    int commands = look(Counterfoil.commandLine(), wrong);
    assertThat(commands).isGreaterThan(40);
    assertThat(wrong).isEmpty();
  }

  private static int look(CommandLine command, List<String> wrong) {
    int commands = 1;
    String first = command.getCommandSpec().usageMessage().description()[0];
    boolean isOne = first.endsWith(".") && first.indexOf(". ") < 0;
    if (!isOne || first.length() > CHARACTERS_MAX) {
      wrong.add(command.getCommandSpec().qualifiedName() + ": " + first);
    }
    for (CommandLine below : command.getSubcommands().values()) {
      commands += look(below, wrong);
    }
    return commands;
  }
}
