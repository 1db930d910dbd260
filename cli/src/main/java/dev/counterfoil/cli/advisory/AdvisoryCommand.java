package dev.counterfoil.cli.advisory;

import picocli.CommandLine.Command;

/** What can be done with security advisories. */
@Command(
    name = "advisory",
    mixinStandardHelpOptions = true,
    description = {
      "Drafts, checks and publishes security advisories in CSAF 2.0.",
      "docs/operate/advisories.md leads through it."
    },
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      AdvisoryNewCommand.class,
      AdvisoryCheckCommand.class,
      AdvisoryKeyCommand.class,
      AdvisoryPublishCommand.class,
      AdvisoryReviseCommand.class,
      AdvisoryWithdrawCommand.class
    })
public final class AdvisoryCommand {
  private AdvisoryCommand() {}
}
