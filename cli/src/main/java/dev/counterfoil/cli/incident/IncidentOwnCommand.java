package dev.counterfoil.cli.incident;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.MonitorCommand;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Takes an incident on. */
@Command(name = "own", description = "Says who looks after an incident.")
final class IncidentOwnCommand extends MonitorCommand {
  @Parameters(index = "0", paramLabel = "ID", description = "The incident's number.")
  private long id;

  @Parameters(index = "1", paramLabel = "OWNER", description = "The person or team.")
  private String owner = "";

  @Override
  protected int ask() throws IOException {
    installation.monitorAdmin().changeIncident(id, "own", owner);
    print(
        JsonObject.builder().put("id", id).put("changed", "own").build(),
        "Incident " + id + " has an owner.");
    return ExitCode.OK;
  }
}
