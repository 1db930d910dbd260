package dev.counterfoil.cli.disclosure;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.InstallationCommand;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import picocli.CommandLine.Mixin;

/** A command that asks the disclosure process. */
public abstract class DisclosureAsk extends InstallationCommand {
  @Mixin private DisclosureSocket disclosure;

  @Override
  public final Integer call() throws InterruptedException {
    try {
      return run();
    } catch (FormatException e) {
      throw CommandFailure.unavailable(
          "cannot understand the disclosure process's answer: " + e.getMessage());
    } catch (IOException e) {
      throw CommandFailure.environment(CommandFailure.reason(e));
    }
  }

  /** Does it, and says its exit code. */
  protected abstract int run() throws IOException, FormatException, InterruptedException;

  /** Asks; what is refused ends the command with the reason. */
  protected final JsonObject ask(String command, JsonObject arguments) throws InterruptedException {
    return disclosure.ask(installation, command, arguments);
  }
}
