package dev.counterfoil.cli.findings;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Approves a suppression that waits. */
@Command(
    name = "approve",
    description = {
      "Approves a suppression that takes two persons.",
      "It must have been added over HTTP. One that was added on the command line is approved over"
          + " HTTP, with the token of a person: an operator with sudo is every Unix user here."
    })
public final class FindingsApproveCommand extends DeskCommand {
  @Parameters(index = "0", paramLabel = "ID", description = "The suppression's number.")
  private long id;

  @Override
  protected String question() {
    return "suppression-approve";
  }

  @Override
  protected JsonObject arguments() {
    return JsonObject.builder().put("id", id).build();
  }

  @Override
  protected String text(JsonObject answer) throws FormatException {
    return "Suppression " + answer.number("id") + " is in force.";
  }
}
