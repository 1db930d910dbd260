package dev.counterfoil.cli.incident;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.MonitorCommand;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Writes something down. */
@Command(
    name = "note",
    description = "Writes down what was found or done. A note is never changed.")
final class IncidentNoteCommand extends MonitorCommand {
  @Parameters(index = "0", paramLabel = "ID", description = "The incident's number.")
  private long id;

  @Parameters(index = "1", paramLabel = "TEXT", description = "What to write down.")
  private String text = "";

  @Override
  protected int ask() throws IOException {
    installation.monitorAdmin().changeIncident(id, "note", text);
    print(
        JsonObject.builder().put("id", id).put("changed", "note").build(),
        "Incident " + id + " has a note.");
    return ExitCode.OK;
  }
}
