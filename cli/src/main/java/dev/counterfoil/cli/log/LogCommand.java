package dev.counterfoil.cli.log;

import picocli.CommandLine.Command;

/** What can be done with a log. */
@Command(
    name = "log",
    mixinStandardHelpOptions = true,
    description = {
      "Checks, proves, follows, copies and keeps a log.",
      "docs/operate/log.md is the guide for an auditor."
    },
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      LogCheckCommand.class,
      LogProveCommand.class,
      LogVerifyProofCommand.class,
      LogProveConsistencyCommand.class,
      LogVerifyConsistencyCommand.class,
      LogWatchCommand.class,
      LogPublishCommand.class,
      LogExportCommand.class,
      LogRestoreCommand.class,
      LogPolicyCommand.class,
      LogTenantCommand.class,
      LogTenantsCommand.class
    })
public final class LogCommand {
  private LogCommand() {}
}
