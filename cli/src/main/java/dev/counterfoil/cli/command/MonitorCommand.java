package dev.counterfoil.cli.command;

import dev.counterfoil.format.bytes.FormatException;
import java.io.IOException;

/** A command that asks the monitor. */
public abstract class MonitorCommand extends InstallationCommand {
  @Override
  public final Integer call() throws InterruptedException {
    try {
      return ask();
    } catch (FormatException e) {
      throw CommandFailure.unavailable("cannot understand the monitor's answer: " + e.getMessage());
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /** Asks, and prints what it says; the exit code. */
  protected abstract int ask() throws IOException, FormatException, InterruptedException;

  /** What is said when it was not asked, or did not take the question. */
  protected CommandFailure failed(IOException e) {
    return installation.monitorFailed(e);
  }
}
