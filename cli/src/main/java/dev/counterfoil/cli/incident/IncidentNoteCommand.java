package dev.counterfoil.cli.incident;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Writes something down. */
@Command(
    name = "note",
    description = {"Writes down what was found or done.", "A note is never changed."})
final class IncidentNoteCommand extends IncidentChange {
  @Parameters(index = "1", paramLabel = "TEXT", description = "What to write down.")
  private String text = "";

  IncidentNoteCommand() {
    super("note", "has a note");
  }

  @Override
  String text() {
    return text;
  }
}
