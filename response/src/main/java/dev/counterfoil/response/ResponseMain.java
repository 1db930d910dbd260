package dev.counterfoil.response;

import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.configuration.ServingMain;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;

/** The response process: {@code --config FILE}. */
public final class ResponseMain {
  // Held here: the loggers are weakly reachable otherwise, and their levels with them.
  private static final List<Logger> QUIET =
      List.of(Logger.getLogger("com.zaxxer.hikari"), Logger.getLogger("org.flywaydb"));

  private ResponseMain() {}

  /** Runs until it is asked to end; says when it follows findings. */
  public static void main(String[] arguments) throws InterruptedException {
    ServingMain.run(arguments, "response", ResponseConfiguration.class, ResponseMain::serve);
  }

  /**
   * Serves until the process is asked to end.
   *
   * @throws ConfigurationException when a file that the configuration names cannot be used
   */
  public static void serve(ResponseConfiguration configuration)
      throws IOException, ConfigurationException, InterruptedException {
    QUIET.forEach(logger -> logger.setLevel(Level.WARNING));
    Response response = Response.start(configuration, Clock.systemUTC(), new SecureRandom());
    ServingMain.untilAsked(
        "response",
        response,
        () ->
            System.out.println("follows findings with " + response.playbookCount() + " playbooks"));
  }
}
