package dev.counterfoil.cli.incident;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Takes an incident on. */
@Command(name = "own", description = "Says who looks after an incident.")
final class IncidentOwnCommand extends IncidentChange {
  @Parameters(index = "1", paramLabel = "OWNER", description = "The person or team.")
  private String owner = "";

  IncidentOwnCommand() {
    super("own", "has an owner");
  }

  @Override
  String text() {
    return owner;
  }
}
