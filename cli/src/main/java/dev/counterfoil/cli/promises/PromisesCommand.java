package dev.counterfoil.cli.promises;

import picocli.CommandLine.Command;

/** What can be done with promises. */
@Command(
    name = "promises",
    mixinStandardHelpOptions = true,
    description = {
      "Evaluates public promises over public data.",
      "docs/operate/promises.md says what can be promised."
    },
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      PromisesObserveCommand.class,
      PromisesEvaluateCommand.class,
      PromisesCheckCommand.class
    })
public final class PromisesCommand {
  private PromisesCommand() {}
}
