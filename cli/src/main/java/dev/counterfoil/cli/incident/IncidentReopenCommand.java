package dev.counterfoil.cli.incident;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.MonitorCommand;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Opens an incident again. */
@Command(name = "reopen", description = "Opens a closed incident again.")
final class IncidentReopenCommand extends MonitorCommand {
  @Parameters(index = "0", paramLabel = "ID", description = "The incident's number.")
  private long id;

  @Override
  protected int ask() throws IOException {
    installation.monitorAdmin().changeIncident(id, "reopen", "reopened");
    print(
        JsonObject.builder().put("id", id).put("changed", "reopen").build(),
        "Incident " + id + " is open.");
    return ExitCode.OK;
  }
}
