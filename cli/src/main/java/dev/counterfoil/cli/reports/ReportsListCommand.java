package dev.counterfoil.cli.reports;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.MonitorCommand;
import dev.counterfoil.cli.command.Table;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Lists what people reported. */
@Command(
    name = "list",
    description = {
      "Lists what people reported, the newest first.",
      "Exit code 0: none is open or linked; 1: one is."
    })
final class ReportsListCommand extends MonitorCommand {
  private static final int CELL_MAX = 60;

  @Option(names = "--all", description = "Closed ones too.")
  private boolean all;

  @Override
  protected int ask() throws IOException, FormatException {
    List<JsonObject> found = new ArrayList<>();
    installation
        .monitorAdmin()
        .ask("reports", JsonObject.builder().put("all", all).build(), found::add);
    print(JsonObject.builder().put("reports", found).build(), text(found));
    return found.stream().allMatch(one -> "closed".equals(one.get("state")))
        ? ExitCode.OK
        : ExitCode.NO;
  }

  private static String text(List<JsonObject> found) throws FormatException {
    if (found.isEmpty()) {
      return "No reports.";
    }
    Table table =
        new Table(
            CELL_MAX, List.of("REFERENCE", "STATE", "REPORT", "RECEIVED", "INCIDENT", "TEXT"));
    for (JsonObject one : found) {
      table.row(
          List.of(
              one.string("reference"),
              one.string("state"),
              one.string("report"),
              Instant.ofEpochMilli(one.number("received_at_ms"))
                  .truncatedTo(ChronoUnit.SECONDS)
                  .toString(),
              one.has("incident") ? Long.toString(one.number("incident")) : "-",
              one.string("text")));
    }
    return table.toString();
  }
}
