package dev.counterfoil.console;

import dev.counterfoil.configuration.ServingMain;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;

/** The console's process: {@code --config FILE}. */
public final class ConsoleMain {
  // Held here: the logger is weakly reachable otherwise, and its level with it.
  private static final Logger QUIET = Logger.getLogger("io.helidon");

  private ConsoleMain() {}

  /** Runs until it is asked to end; prints its port when it serves. */
  public static void main(String[] arguments) throws InterruptedException {
    ServingMain.run(
        arguments,
        "console",
        ConsoleConfiguration.class,
        configuration ->
            serve(configuration, console -> System.out.println("port " + console.port())));
  }

  /**
   * Serves until the process is asked to end.
   *
   * @param started told when it serves
   */
  public static void serve(ConsoleConfiguration configuration, Consumer<Console> started)
      throws IOException, InterruptedException {
    QUIET.setLevel(Level.WARNING);
    Console console = Console.start(configuration, Clock.systemUTC(), new SecureRandom());
    ServingMain.untilAsked("console", console::close, () -> started.accept(console));
  }
}
