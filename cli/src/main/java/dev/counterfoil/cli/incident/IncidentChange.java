package dev.counterfoil.cli.incident;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.MonitorCommand;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import picocli.CommandLine.Parameters;

/** A command that changes one incident. */
abstract class IncidentChange extends MonitorCommand {
  private final String what;
  private final String done;

  @Parameters(index = "0", paramLabel = "ID", description = "The incident's number.")
  private long id;

  /**
   * Of one kind.
   *
   * @param what the monitor's word for it
   * @param done what is said of the incident then
   */
  IncidentChange(String what, String done) {
    this.what = what;
    this.done = done;
  }

  /** The owner, note or verdict. */
  abstract String text();

  @Override
  protected final int ask() throws IOException {
    installation.monitorAdmin().changeIncident(id, what, text());
    print(
        JsonObject.builder().put("id", id).put("changed", what).build(),
        "Incident " + id + " " + done + ".");
    return ExitCode.OK;
  }
}
