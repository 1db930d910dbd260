package dev.counterfoil.cli.audit;

import dev.counterfoil.cli.command.InstallationOptions;
import dev.counterfoil.cli.ship.FileRecords;
import dev.counterfoil.cli.ship.FileShipping;
import dev.counterfoil.cli.ship.ImportTarget;
import dev.counterfoil.cli.ship.OcsfLines;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Brings in events that another log recorded. */
@Command(
    name = "import",
    mixinStandardHelpOptions = true,
    description = {
      "Imports events that were recorded elsewhere, however old.",
      "A file has an event of OCSF 1 a line, as JSON. Each keeps the time that the file says and gets its own time of recording, from which on it is kept; its source is DOMAIN/@import/TENANT/SOURCE, so that"
          + " everybody sees that it was imported. That you import is an event that the tenant sees, before each batch. Only an operator may, at the monitor's admin socket. Times in the future are refused.",
      "An event without metadata.sequence is numbered by its line: importing the same file again records nothing twice. One without metadata.tenant_uid is the tenant's.",
      "Exit code 0: all is recorded; 1: some lines were refused, and all others are recorded; 3: a file cannot be read; 4: the monitor takes nothing. Run it again after 3 and 4."
    },
    footer = {
      "",
      "Examples:",
      "  counterfoil audit import --tenant acme --source old-siem 2023.ndjson 2024.ndjson",
      "  counterfoil audit search --tenant acme --mailbox alice@acme.example --from 2023-05-15 --to 2023-06-17"
    })
final class AuditImportCommand implements Callable<Integer> {
  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli fills it before the call
  private InstallationOptions installation;

  @Parameters(arity = "1..*", paramLabel = "FILE", description = "Files of events.")
  @SuppressWarnings("NullAway.Init") // required
  private List<Path> files;

  @Option(names = "--tenant", required = true, paramLabel = "NAME", description = "The tenant.")
  @SuppressWarnings("NullAway.Init") // required
  private String tenant;

  @Option(
      names = "--source",
      required = true,
      paramLabel = "NAME",
      description =
          "Where the events are from: 1 to 64 letters, digits, dots, hyphens and underscores. One name takes 1024 files.")
  @SuppressWarnings("NullAway.Init") // required
  private String source;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() throws InterruptedException {
    return FileShipping.shipAll(
        files,
        json,
        FileRecords::lines,
        () -> new OcsfLines(tenant),
        new ImportTarget(installation.monitorAdmin(), installation.domainName(), tenant, source));
  }
}
