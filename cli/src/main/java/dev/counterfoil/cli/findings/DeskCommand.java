package dev.counterfoil.cli.findings;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.MonitorCommand;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** A command that asks one of the monitor's desks something, and shows its one answer. */
public abstract class DeskCommand extends MonitorCommand {
  /** The desk's word for it. */
  protected abstract String question();

  protected abstract JsonObject arguments() throws FormatException;

  /** What is said of the answer. */
  protected abstract String text(JsonObject answer) throws FormatException;

  @Override
  protected final int ask() throws IOException, FormatException {
    List<JsonObject> answers = new ArrayList<>();
    installation.monitorAdmin().ask(question(), arguments(), answers::add);
    print(answers.getFirst(), text(answers.getFirst()));
    return ExitCode.OK;
  }
}
