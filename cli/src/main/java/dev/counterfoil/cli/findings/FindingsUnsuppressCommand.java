package dev.counterfoil.cli.findings;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Ends a suppression. */
@Command(
    name = "unsuppress",
    description = {
      "Ends a suppression before its time.",
      "What it covered stays as it is; the same thing seen again is told."
    })
public final class FindingsUnsuppressCommand extends DeskCommand {
  @Parameters(index = "0", paramLabel = "ID", description = "The suppression's number.")
  private long id;

  @Override
  protected String question() {
    return "suppression-end";
  }

  @Override
  protected JsonObject arguments() {
    return JsonObject.builder().put("id", id).build();
  }

  @Override
  protected String text(JsonObject answer) throws FormatException {
    return "Suppression " + answer.number("id") + " has ended.";
  }
}
