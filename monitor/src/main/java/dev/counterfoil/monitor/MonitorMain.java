package dev.counterfoil.monitor;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import dev.counterfoil.configuration.ServingMain;
import dev.counterfoil.monitor.settings.MonitorConfiguration;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;

/** The monitor's process: {@code --config FILE}. */
public final class MonitorMain {
  // Held here: the loggers are weakly reachable otherwise, and their levels with them.
  private static final List<Logger> QUIET =
      List.of(Logger.getLogger("com.zaxxer.hikari"), Logger.getLogger("org.flywaydb"));

  private MonitorMain() {}

  /** Runs until it is asked to end. */
  public static void main(String[] arguments) throws InterruptedException {
    AmazonCorrettoCryptoProvider.install();
    QUIET.forEach(logger -> logger.setLevel(Level.WARNING));
    ServingMain.run(
        arguments,
        "monitor",
        MonitorConfiguration.class,
        configuration -> {
          Monitor monitor =
              Monitor.start(
                  configuration,
                  Clock.systemUTC(),
                  new SecureRandom(),
                  ServingMain.stopsAtOnce("monitor", ServingMain.EXIT_FAILED));
          ServingMain.untilAsked("monitor", monitor::close, () -> {});
        });
  }
}
