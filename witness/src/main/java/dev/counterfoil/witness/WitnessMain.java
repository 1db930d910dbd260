package dev.counterfoil.witness;

import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.configuration.ServingMain;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;

/** The witness's process: {@code --config FILE}. */
public final class WitnessMain {
  // Held here: the loggers are weakly reachable otherwise, and their levels with them.
  private static final List<Logger> QUIET =
      List.of(
          Logger.getLogger("com.zaxxer.hikari"),
          Logger.getLogger("org.flywaydb"),
          Logger.getLogger("io.helidon"));

  private WitnessMain() {}

  /** Runs until it is asked to end; prints its port and its keys when it serves. */
  public static void main(String[] arguments) throws InterruptedException {
    ServingMain.run(
        arguments,
        "witness",
        WitnessConfiguration.class,
        configuration ->
            serve(
                configuration,
                witness -> {
                  System.out.println("port " + witness.port());
                  witness.keys().forEach(System.out::println);
                }));
  }

  /**
   * Serves until the process is asked to end.
   *
   * @param started told when it serves
   * @throws ConfigurationException when a file that the configuration names cannot be used
   */
  public static void serve(WitnessConfiguration configuration, Consumer<Witness> started)
      throws IOException, ConfigurationException, InterruptedException {
    QUIET.forEach(logger -> logger.setLevel(Level.WARNING));
    Witness witness =
        Witness.start(
            configuration,
            Clock.systemUTC(),
            new SecureRandom(),
            ServingMain.stopsAtOnce("witness", ServingMain.EXIT_UNKNOWN_STATE));
    ServingMain.untilAsked("witness", witness::close, () -> started.accept(witness));
  }
}
