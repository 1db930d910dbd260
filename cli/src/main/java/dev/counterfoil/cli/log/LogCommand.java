package dev.counterfoil.cli.log;

import dev.counterfoil.cli.command.ExitCode;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

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
public final class LogCommand implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init") // picocli fills it before the call
  private CommandSpec spec;

  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return ExitCode.USAGE;
  }
}
