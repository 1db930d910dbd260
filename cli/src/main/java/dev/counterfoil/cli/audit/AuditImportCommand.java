package dev.counterfoil.cli.audit;

import dev.counterfoil.cli.audit.reading.KnownTenant;
import dev.counterfoil.cli.command.InstallationCommand;
import dev.counterfoil.cli.ship.ImportTarget;
import dev.counterfoil.cli.ship.ShippedFiles;
import dev.counterfoil.operations.shipping.FileRecords;
import dev.counterfoil.operations.shipping.OcsfLines;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Brings in events that another log recorded. */
@Command(
    name = "import",
    description = {
      "Imports events of any age that were recorded elsewhere.",
      "Each line of a file is one OCSF 1 event, as JSON. The event keeps the time in"
          + " the file and gets a time of recording, from which its retention counts. Its"
          + " source is DOMAIN/@import/TENANT/SOURCE, so everybody sees that it was"
          + " imported. Before each batch, an event tells the tenant that you import. Only"
          + " an operator may import, at the monitor's admin socket. Events dated in the"
          + " future are refused.",
      "An event without metadata.sequence gets its line as its number, so importing"
          + " the same file again records nothing twice. An event without"
          + " metadata.tenant_uid belongs to the named tenant.",
      "Exit code 0: everything is recorded; 1: some lines were refused, all others are"
          + " recorded; 3: a file cannot be read; 4: the monitor accepts nothing. After 3"
          + " and 4, run it again."
    },
    footer = {
      "",
      "Examples:",
      "  counterfoil audit import --tenant acme --source old-siem 2023.ndjson 2024.ndjson",
      "  counterfoil audit search --tenant acme --mailbox alice@acme.example --from 2023-05-15 --to 2023-06-17"
    })
final class AuditImportCommand extends InstallationCommand {
  @Parameters(arity = "1..*", paramLabel = "FILE", description = "Files of events.")
  private List<Path> files;

  @Option(names = "--tenant", required = true, paramLabel = "NAME", description = "The tenant.")
  private String tenant;

  @Option(
      names = "--source",
      required = true,
      paramLabel = "NAME",
      description =
          "Where the events come from: 1 to 64 letters, digits, dots, hyphens and"
              + " underscores. One name takes up to 1024 files.")
  private String source;

  @Override
  public Integer call() throws InterruptedException {
    return ShippedFiles.shipAll(
        files,
        json,
        FileRecords::lines,
        () -> new OcsfLines(tenant),
        new ImportTarget(installation, KnownTenant.require(installation, tenant), source));
  }
}
