package dev.counterfoil.guard;

import dev.counterfoil.configuration.ServingMain;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;

/** The guard's process: {@code --config FILE}. */
public final class GuardMain {
  // Held here: the logger is weakly reachable otherwise, and its level with it.
  private static final Logger QUIET = Logger.getLogger("io.helidon");

  private GuardMain() {}

  /** Runs until it is asked to end; prints its port when it serves. */
  public static void main(String[] arguments) throws InterruptedException {
    ServingMain.run(
        arguments,
        "guard",
        GuardConfiguration.class,
        configuration -> serve(configuration, guard -> System.out.println("port " + guard.port())));
  }

  /**
   * Serves until the process is asked to end.
   *
   * @param started told when it serves
   */
  public static void serve(GuardConfiguration configuration, Consumer<Guard> started)
      throws IOException, InterruptedException {
    QUIET.setLevel(Level.WARNING);
    Guard guard = Guard.start(configuration, Clock.systemUTC(), new SecureRandom());
    ServingMain.untilAsked("guard", guard::close, () -> started.accept(guard));
  }
}
