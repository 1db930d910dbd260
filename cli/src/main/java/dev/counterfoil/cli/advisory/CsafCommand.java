package dev.counterfoil.cli.advisory;

import picocli.CommandLine.Command;

/** What can be asked of a CSAF provider, ours or another one. */
@Command(
    name = "csaf",
    mixinStandardHelpOptions = true,
    description = "Looks at what a CSAF provider publishes.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {CsafCheckProviderCommand.class})
public final class CsafCommand {
  private CsafCommand() {}
}
