package dev.counterfoil.cli.incident;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.MonitorCommand;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Ends an incident. */
@Command(
    name = "close",
    description = "Ends an incident. A finding that belongs to it opens it again.")
final class IncidentCloseCommand extends MonitorCommand {
  @Parameters(index = "0", paramLabel = "ID", description = "The incident's number.")
  private long id;

  @Option(
      names = "--as",
      required = true,
      paramLabel = "VERDICT",
      description = "What it was: resolved, false-alarm or test.")
  private String verdict = "";

  @Option(names = "--reason", paramLabel = "TEXT", description = "Why.")
  private String reason = "";

  @Override
  protected int ask() throws IOException {
    installation.monitorAdmin().changeIncident(id, "close", (verdict + " " + reason).strip());
    print(
        JsonObject.builder().put("id", id).put("changed", "close").build(),
        "Incident " + id + " is closed.");
    return ExitCode.OK;
  }
}
