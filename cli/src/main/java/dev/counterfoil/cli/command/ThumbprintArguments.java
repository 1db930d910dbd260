package dev.counterfoil.cli.command;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * One key in 64 has a thumbprint (RFC 7638, base64url) that begins with a hyphen, which a command
 * line takes for an option. Whoever pastes one has called the command rightly, so it is handed on
 * as what it is.
 */
public final class ThumbprintArguments {
  /** 32 bytes in base64url, of which the first character is a hyphen. */
  private static final Pattern HYPHENED = Pattern.compile("-[A-Za-z0-9_-]{42}");

  private ThumbprintArguments() {}

  /**
   * The same call with its hyphened thumbprints where no parser takes them for options: as {@code
   * --option=KID} where they follow an option that takes a value, else behind a {@code --} at the
   * end.
   */
  public static String[] unmistakable(CommandSpec root, String... arguments) {
    List<String> before = new ArrayList<>();
    List<String> operands = new ArrayList<>();
    CommandSpec command = root;
    for (int i = 0; i < arguments.length; i++) {
      String argument = arguments[i];
      if (argument.equals("--")) {
        operands.addAll(List.of(arguments).subList(i + 1, arguments.length));
        break;
      }
      if (HYPHENED.matcher(argument).matches() && command.findOption(argument) == null) {
        OptionSpec option = i == 0 ? null : command.findOption(arguments[i - 1]);
        if (option != null && option.arity().min() > 0) {
          before.set(before.size() - 1, arguments[i - 1] + "=" + argument);
        } else {
          operands.add(argument);
        }
        continue;
      }
      before.add(argument);
      if (command.subcommands().containsKey(argument)) {
        command = command.subcommands().get(argument).getCommandSpec();
      }
    }
    if (!operands.isEmpty()) {
      before.add("--");
      before.addAll(operands);
    }
    return before.toArray(String[]::new);
  }
}
