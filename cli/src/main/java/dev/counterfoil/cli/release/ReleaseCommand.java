package dev.counterfoil.cli.release;

import picocli.CommandLine.Command;

/** What can be done with a release of this software. */
@Command(
    name = "release",
    mixinStandardHelpOptions = true,
    description = {
      "Checks that a release of this software is ours, and signs one.",
      "docs/operate/releases.md says where releases and their keys come from."
    },
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {ReleaseVerifyCommand.class, ReleaseSignCommand.class})
public final class ReleaseCommand {
  private ReleaseCommand() {}
}
