package dev.counterfoil.cli.incident;

import picocli.CommandLine.Command;

/** Opens an incident again. */
@Command(name = "reopen", description = "Opens a closed incident again.")
final class IncidentReopenCommand extends IncidentChange {
  IncidentReopenCommand() {
    super("reopen", "is open");
  }

  @Override
  String text() {
    return "reopened";
  }
}
