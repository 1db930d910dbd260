package dev.counterfoil.cli.audit;

import dev.counterfoil.cli.command.ExitCode;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** What can be done with the audit log. */
@Command(
    name = "audit",
    mixinStandardHelpOptions = true,
    description = {
      "Traces, searches, exports and verifies the audit log.",
      "docs/operate/audit.md shows by example how to find out what a token touched."
    },
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      AuditTraceCommand.class,
      AuditSearchCommand.class,
      AuditSqlCommand.class,
      AuditExportCommand.class,
      AuditVerifyCommand.class,
      AuditKeyCommand.class,
      AuditShipCommand.class,
      AuditImportCommand.class,
      AuditConformanceCommand.class,
      AuditCoverageCommand.class,
      AuditTenantsCommand.class,
      AuditCheckCommand.class,
      AuditHoldCommand.class,
      AuditForgetCommand.class,
      AuditRestoreCommand.class
    })
public final class AuditCommand implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init") // picocli fills it before the call
  private CommandSpec spec;

  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return ExitCode.USAGE;
  }
}
