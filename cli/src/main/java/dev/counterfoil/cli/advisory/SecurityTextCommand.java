package dev.counterfoil.cli.advisory;

import picocli.CommandLine.Command;

/** What can be done with security.txt. */
@Command(
    name = "securitytxt",
    mixinStandardHelpOptions = true,
    description = "Makes a signed security.txt, and watches that it does not expire.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {SecurityTextMakeCommand.class, SecurityTextCheckCommand.class})
public final class SecurityTextCommand {
  private SecurityTextCommand() {}
}
