package dev.counterfoil.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.cli.command.Examples;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;

/** What stands beside a command in the list of commands. */
final class CommandDescriptionsTest {
  /** What a line of the list has room for, beside the longest name. */
  private static final int CHARACTERS_MAX = 80;

  /** What they print is a file of another's format: c2sp.org says it, or a shell reads it. */
  private static final Set<String> OF_A_STANDARD =
      Set.of(
          "counterfoil log policy", "counterfoil log prove-consistency", "counterfoil completion");

  @Test
  void everyCommandSaysInOneShortSentenceWhatItDoes() {
    List<String> wrong = new ArrayList<>();
    int commands = look(CounterfoilCommand.commandLine(), wrong);
    assertThat(commands).isGreaterThan(40);
    assertThat(wrong).isEmpty();
  }

  @Test
  void everyCommandThatDoesSomethingHasHelpAndJson() {
    List<String> wrong = new ArrayList<>();
    for (CommandLine command : leaves(CounterfoilCommand.commandLine())) {
      String name = command.getCommandSpec().qualifiedName();
      for (String option : List.of("--help", "--json")) {
        boolean needed = !option.equals("--json") || !OF_A_STANDARD.contains(name);
        if (needed && command.getCommandSpec().findOption(option) == null) {
          wrong.add(name + ": no " + option);
        }
      }
    }
    assertThat(wrong).isEmpty();
  }

  /** An example is a call that the command line takes. */
  @Test
  void everyCommandThatDoesSomethingHasAnExampleThatParses() {
    List<String> wrong = new ArrayList<>();
    List<String> used = new ArrayList<>();
    for (CommandLine command : leaves(CounterfoilCommand.commandLine())) {
      List<String> examples = Examples.of(command.getCommandSpec());
      if (examples.isEmpty()) {
        wrong.add(command.getCommandSpec().qualifiedName() + ": no example");
      }
      used.addAll(examples);
    }
    CommandLine commands = CounterfoilCommand.commandLine();
    for (String example : Examples.all()) {
      List<String> words = new ArrayList<>();
      Matcher word = Pattern.compile("\"([^\"]*)\"|(\\S+)").matcher(example);
      while (word.find()) {
        words.add(word.group(1) == null ? word.group(2) : word.group(1));
      }
      try {
        String[] arguments = words.subList(1, words.size()).toArray(String[]::new);
        commands.parseArgs(arguments);
      } catch (CommandLine.ParameterException e) {
        wrong.add(example + ": " + e.getMessage());
      }
      if (!used.contains(example)) {
        wrong.add(example + ": of no command");
      }
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void theScreenBreaksLinesAndNotTheText() {
    List<String> wrong = new ArrayList<>();
    int paragraphs = 0;
    for (CommandLine command : leaves(CounterfoilCommand.commandLine())) {
      for (String paragraph : command.getCommandSpec().usageMessage().description()) {
        paragraphs++;
        if (!paragraph.matches("(?s).*[.:;]")) {
          wrong.add(command.getCommandSpec().qualifiedName() + ": " + paragraph);
        }
      }
    }
    assertThat(paragraphs).isGreaterThan(100);
    assertThat(wrong).isEmpty();
  }

  @Test
  void whatIsGivenToACommandIsExplainedInSentences() {
    List<String> wrong = new ArrayList<>();
    int explained = 0;
    for (CommandLine command : leaves(CounterfoilCommand.commandLine())) {
      for (ArgSpec argument : command.getCommandSpec().args()) {
        explained++;
        String text = String.join(" ", argument.description()).strip();
        if (text.isEmpty()
            || !Character.isUpperCase(text.charAt(0))
            || !text.matches("(?s).*[.?]\\)?")) {
          wrong.add(
              command.getCommandSpec().qualifiedName() + " " + argument.paramLabel() + ": " + text);
        }
      }
    }
    assertThat(explained).isGreaterThan(150);
    assertThat(wrong).isEmpty();
  }

  @Test
  void aCommandThatIsNamedFirstIsTheSameAsAmongAll() {
    assertThat(CounterfoilCommand.commandLine("--help").getSubcommands()).hasSizeGreaterThan(15);
    CounterfoilCommand.commandLine()
        .getSubcommands()
        .forEach(
            (name, amongAll) -> {
              var alone = CounterfoilCommand.commandLine(name, "--help").getSubcommands();
              assertThat(alone).containsOnlyKeys(name);
              assertThat(alone.values())
                  .extracting(CommandLine::getUsageMessage)
                  .containsExactly(amongAll.getUsageMessage());
            });
  }

  private static List<CommandLine> leaves(CommandLine command) {
    List<CommandLine> leaves = new ArrayList<>();
    // Some with commands below them do something themselves.
    if (command.getSubcommands().isEmpty() || !Examples.of(command.getCommandSpec()).isEmpty()) {
      leaves.add(command);
    }
    command.getSubcommands().values().forEach(below -> leaves.addAll(leaves(below)));
    return leaves;
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
