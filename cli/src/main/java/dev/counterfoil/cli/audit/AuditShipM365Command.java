package dev.counterfoil.cli.audit;

import dev.counterfoil.cli.audit.reading.KnownTenant;
import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.CustodianOptions;
import dev.counterfoil.cli.command.InstallationCommand;
import dev.counterfoil.cli.ship.ImportTarget;
import dev.counterfoil.cli.ship.ReportingOptions;
import dev.counterfoil.cli.ship.ShippedFiles;
import dev.counterfoil.operations.shipping.FileRecords;
import dev.counterfoil.operations.shipping.FileShipping;
import dev.counterfoil.operations.shipping.IntakeClient;
import dev.counterfoil.operations.shipping.M365Events;
import dev.counterfoil.operations.shipping.RefusedAnswerException;
import dev.counterfoil.verifier.reporting.PrivateKeyJwtTokenSource;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Ships records of Microsoft 365's unified audit log. */
@Command(
    name = "m365",
    description = {
      "Ships exported audit records of Microsoft 365 to the audit log.",
      "A file has one JSON record on each line, or is a JSON array of records, or is"
          + " the CSV that Purview and Search-UnifiedAuditLog export, with its column"
          + " AuditData. docs/operate/audit-import.md shows how a record is converted.",
      "With --import you import them as the operator, at any age, and they are marked"
          + " as imported. Without it, a client reports them, and records older than 400"
          + " days are refused. The same file again records nothing twice.",
      "Exit code 0: everything is recorded; 1: some records were refused, all others"
          + " are recorded; 3: a file cannot be read; 4: the monitor accepts nothing. After"
          + " 3 and 4, run it again."
    },
    footer = {
      "",
      "Examples:",
      "  counterfoil audit ship m365 --tenant acme --import AuditLog_2023-06-16.csv",
      "  counterfoil audit ship m365 --tenant acme --monitor https://monitor.example --issuer https://login.example --client m365 --key m365.jwk today.json"
    })
final class AuditShipM365Command extends InstallationCommand {
  @Parameters(arity = "1..*", paramLabel = "FILE", description = "Files of records.")
  private List<Path> files;

  @Option(names = "--tenant", required = true, paramLabel = "NAME", description = "Whose records.")
  private String tenant;

  @ArgGroup(multiplicity = "1")
  @SuppressWarnings("NullAway.Init") // picocli fills it before the call
  private Way way;

  @Option(
      names = "--source",
      paramLabel = "NAME",
      defaultValue = "m365",
      description =
          "With --import: the source's name (default: ${DEFAULT-VALUE}). One name"
              + " takes up to 1024 files.")
  private String source;

  /** One or the other. */
  static final class Way {
    @Option(
        names = "--import",
        required = true,
        description = "Import them at the monitor's admin socket, as the operator.")
    private boolean isImport;

    @ArgGroup(exclusive = false)
    private @Nullable ReportingOptions reporting;
  }

  @Override
  public Integer call() throws InterruptedException {
    ReportingOptions reporting = way.reporting;
    if (way.isImport || reporting == null) {
      return ship(
          new ImportTarget(installation, KnownTenant.require(installation, tenant), source));
    }
    try (HttpClient http = CustodianOptions.http()) {
      IntakeClient intake = reporting.intake(http);
      return ship(
          batch -> {
            try {
              return intake.send(batch.ndjson());
            } catch (RefusedAnswerException e) {
              if (e.isForGood()) {
                throw CommandFailure.environment(
                    "the audit log refuses what is sent: " + CommandFailure.reason(e));
              }
              throw e;
            } catch (PrivateKeyJwtTokenSource.RefusedException e) {
              throw CommandFailure.environment(CommandFailure.reason(e));
            }
          });
    } catch (IOException e) {
      throw CommandFailure.environment(CommandFailure.reason(e));
    }
  }

  private int ship(FileShipping.Target target) throws InterruptedException {
    return ShippedFiles.shipAll(
        files,
        json,
        in -> FileRecords.any(in, M365Events.COLUMN),
        () -> new M365Events(tenant),
        target);
  }
}
