package dev.counterfoil.cli.command;

import dev.counterfoil.format.bytes.JsonObject;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** A command that prints what came of it: for people, or as JSON for programs. */
@Command(mixinStandardHelpOptions = true)
public abstract class PrintingCommand implements Callable<Integer> {
  @Option(names = "--json", description = "Print JSON.")
  protected boolean json;

  /**
   * Prints one or the other.
   *
   * @param object for programs
   * @param text for people
   */
  protected final void print(JsonObject object, String text) {
    if (json) {
      JsonLine.print(object);
    } else {
      System.out.println(text);
    }
  }

  /** Hands on what was printed, to a reader that waits for it. */
  protected static void flush() {
    System.out.flush();
  }
}
