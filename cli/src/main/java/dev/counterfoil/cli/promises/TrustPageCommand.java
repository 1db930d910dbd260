package dev.counterfoil.cli.promises;

import picocli.CommandLine.Command;

/** What can be done with a trust page. */
@Command(
    name = "trust-page",
    mixinStandardHelpOptions = true,
    description = "Makes the public page of keys, promises and incidents.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {TrustPageBuildCommand.class})
public final class TrustPageCommand {
  private TrustPageCommand() {}
}
