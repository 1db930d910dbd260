package dev.counterfoil.cli.promises;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.disclosure.advisories.SiteFolder;
import dev.counterfoil.disclosure.promises.PromiseRecord;
import dev.counterfoil.disclosure.promises.PublicHistory;
import dev.counterfoil.disclosure.trustpage.ToldIncident;
import dev.counterfoil.disclosure.trustpage.TrustPage;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Builds the page. */
@Command(
    name = "build",
    description = {
      "Builds the trust page as static files, all replaced at once.",
      "A web server serves --to/current."
    })
final class TrustPageBuildCommand extends PublicDataCommand {
  @Option(names = "--to", paramLabel = "DIR", required = true, description = "The folder.")
  private Path folder;

  @Option(names = "--url", paramLabel = "URL", required = true, description = "Where it is served.")
  private URI url;

  @Option(
      names = "--brand",
      paramLabel = "TEXT",
      required = true,
      description = "Whose page it is.")
  private String brand;

  @Option(
      names = "--record",
      paramLabel = "FILE",
      description = "The record of promises that promises evaluate writes.")
  private @Nullable Path recordFile;

  @Option(
      names = "--incidents",
      paramLabel = "FILE",
      description = "Incidents, with every version of what was said.")
  private @Nullable Path incidentsFile;

  @Option(
      names = "--history",
      paramLabel = "FILE",
      description = "Take keys and checkpoints from this file, and ask nobody.")
  private @Nullable Path historyFile;

  @Override
  public Integer call() throws IOException {
    SortedMap<String, byte[]> files;
    try {
      PromiseRecord promises =
          recordFile == null
              ? new PromiseRecord(List.of(), PublicHistory.NOTHING, List.of())
              : PromiseRecord.parse(bounded(recordFile));
      List<ToldIncident> incidents =
          incidentsFile == null ? List.of() : ToldIncident.parse(bounded(incidentsFile));
      PublicHistory all = promises.with(history());
      files = new TrustPage(brand, url, all, promises, incidents).files();
    } catch (FormatException e) {
      throw CommandFailure.environment("a file for the page: " + e.getMessage());
    }
    try (SiteFolder site = SiteFolder.open(folder)) {
      site.publish(files);
    }
    print(
        JsonObject.builder().put("files", List.copyOf(files.keySet())).build(),
        "BUILT  %s: %s"
            .formatted(folder.resolve(SiteFolder.CURRENT), String.join(", ", files.keySet())));
    return ExitCode.OK;
  }

  private PublicHistory history() throws IOException, FormatException {
    return historyFile != null ? PublicHistory.parse(bounded(historyFile)) : publicNow();
  }
}
