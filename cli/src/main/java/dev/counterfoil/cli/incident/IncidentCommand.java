package dev.counterfoil.cli.incident;

import picocli.CommandLine.Command;

/** Incidents. */
@Command(
    name = "incident",
    mixinStandardHelpOptions = true,
    description = "Shows findings that belong together, and what they touched.",
    subcommands = {
      IncidentListCommand.class,
      IncidentShowCommand.class,
      IncidentExportCommand.class,
      IncidentOwnCommand.class,
      IncidentNoteCommand.class,
      IncidentCloseCommand.class,
      IncidentReopenCommand.class
    })
public final class IncidentCommand {
  private IncidentCommand() {}
}
