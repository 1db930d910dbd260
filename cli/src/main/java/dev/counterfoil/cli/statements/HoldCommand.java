package dev.counterfoil.cli.statements;

import picocli.CommandLine.Command;

/** Decisions not to disclose yet. */
@Command(
    name = "hold",
    mixinStandardHelpOptions = true,
    description = {
      "Holds an incident back for a time, by two people, with a public commitment.",
      "Without a hold, what is ready is published."
    },
    subcommands = {
      HoldAddCommand.class,
      HoldConfirmCommand.class,
      HoldLiftCommand.class,
      HoldListCommand.class
    })
public final class HoldCommand {
  private HoldCommand() {}
}
