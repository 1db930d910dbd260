package dev.counterfoil.cli.audit;

import dev.counterfoil.cli.audit.verification.AuditKeyCommand;
import dev.counterfoil.cli.audit.verification.AuditRestoreCommand;
import dev.counterfoil.cli.audit.verification.AuditTenantsCommand;
import dev.counterfoil.cli.audit.verification.AuditVerifyCommand;
import picocli.CommandLine.Command;

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
public final class AuditCommand {
  private AuditCommand() {}
}
