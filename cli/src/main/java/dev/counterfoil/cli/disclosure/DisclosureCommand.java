package dev.counterfoil.cli.disclosure;

import picocli.CommandLine.Command;

/** The process. */
@Command(
    name = "disclosure",
    mixinStandardHelpOptions = true,
    description = "Runs the disclosure process, and takes incidents over.",
    subcommands = {
      DisclosureRunCommand.class,
      DisclosureStateKeyCommand.class,
      DisclosureWithdrawKeyCommand.class,
      DisclosureOpenCommand.class,
      DisclosureStatusCommand.class
    })
public final class DisclosureCommand {
  private DisclosureCommand() {}
}
