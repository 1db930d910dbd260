package dev.counterfoil.cli.rules;

import picocli.CommandLine.Command;

/** Detection rules. */
@Command(
    name = "rules",
    mixinStandardHelpOptions = true,
    description = "Tests, explains, runs and lists detection rules (Sigma 2.1).",
    subcommands = {
      RulesTestCommand.class,
      RulesExplainCommand.class,
      RulesRunCommand.class,
      RulesListCommand.class
    })
public final class RulesCommand {
  private RulesCommand() {}
}
