package dev.counterfoil.cli.incident;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.Findings;
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

/** Shows incidents. */
@Command(
    name = "list",
    description = {
      "Shows incidents, the newest first.",
      "The findings of one share a key, token, sign-in, log, person, client or address.",
      "Exit code 0: no incident is open; 1: one is; 4: INCOMPLETE, because the monitor lost its"
          + " database."
    })
final class IncidentListCommand extends MonitorCommand {
  private static final int CELL_MAX = 80;

  @Option(names = "--all", description = "Closed incidents too.")
  private boolean all;

  @Override
  protected int ask() throws IOException, FormatException {
    List<JsonObject> incidents = new ArrayList<>();
    installation.monitorAdmin().incidents(all, incidents::add);
    print(JsonObject.builder().put("incidents", incidents).build(), text(incidents));
    if (incidents.stream().anyMatch(one -> "open".equals(one.get("state")))) {
      return ExitCode.NO;
    }
    return Findings.tellsLoss(installation.monitorAdmin()) ? ExitCode.UNAVAILABLE : ExitCode.OK;
  }

  private static String text(List<JsonObject> incidents) throws FormatException {
    if (incidents.isEmpty()) {
      return "No incidents.";
    }
    Table table =
        new Table(
            CELL_MAX,
            List.of("ID", "SEVERITY", "STATE", "OWNER", "FIRST SEEN", "LAST SEEN", "FINDINGS"));
    for (JsonObject one : incidents) {
      table.row(
          List.of(
              Long.toString(one.number("id")),
              one.string("severity"),
              one.optionalString("verdict").orElse(one.string("state")),
              one.optionalString("owner").orElse("-"),
              time(one, "first_seen_ms"),
              time(one, "last_seen_ms"),
              one.number("findings") + ": " + String.join(", ", one.strings("kinds"))));
    }
    return table.toString();
  }

  static String time(JsonObject json, String member) throws FormatException {
    return Instant.ofEpochMilli(json.number(member)).truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
