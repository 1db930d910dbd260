package dev.counterfoil.cli.command;

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
   * @param object what is JSON as text
   */
  protected final void print(Object object, String text) {
    System.out.println(json ? object : text);
  }

  /** Hands on what was printed, to a reader that waits for it. */
  protected static void flush() {
    System.out.flush();
  }
}
