package dev.counterfoil.cli.claims;

import picocli.CommandLine.Command;

/** Claims. */
@Command(
    name = "claim",
    mixinStandardHelpOptions = true,
    description = "Records what is said of an incident, claim by claim.",
    subcommands = {
      ClaimAddCommand.class,
      ClaimReviseCommand.class,
      ClaimWithdrawCommand.class,
      ClaimEvidenceCommand.class,
      ClaimListCommand.class
    })
public final class ClaimCommand {
  private ClaimCommand() {}
}
