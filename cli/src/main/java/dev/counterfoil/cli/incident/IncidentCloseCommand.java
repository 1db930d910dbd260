package dev.counterfoil.cli.incident;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Ends an incident. */
@Command(
    name = "close",
    description = {"Ends an incident.", "A finding that belongs to it opens it again."})
final class IncidentCloseCommand extends IncidentChange {
  @Option(
      names = "--as",
      required = true,
      paramLabel = "VERDICT",
      description = "What it was: resolved, false-alarm or test.")
  private String verdict = "";

  @Option(names = "--reason", paramLabel = "TEXT", description = "Why.")
  private String reason = "";

  IncidentCloseCommand() {
    super("close", "is closed");
  }

  @Override
  String text() {
    return (verdict + " " + reason).strip();
  }
}
