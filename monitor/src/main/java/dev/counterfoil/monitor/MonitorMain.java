package dev.counterfoil.monitor;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import dev.counterfoil.configuration.Configuration;
import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.configuration.TrustedCertificates;
import dev.counterfoil.monitor.settings.MonitorConfiguration;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Level;
import java.util.logging.Logger;

/** The monitor's process: {@code --config FILE}. */
public final class MonitorMain {
  private static final int EXIT_CONFIGURATION = 78; // EX_CONFIG of sysexits.h
  private static final int EXIT_FAILED = 1;

  // Held here: the loggers are weakly reachable otherwise, and their levels with them.
  private static final List<Logger> QUIET =
      List.of(Logger.getLogger("com.zaxxer.hikari"), Logger.getLogger("org.flywaydb"));

  private MonitorMain() {}

  /** Runs until it is asked to end. */
  public static void main(String[] arguments) throws InterruptedException {
    if (arguments.length != 2 || !arguments[0].equals("--config")) {
      System.err.println("usage: MonitorMain --config FILE");
      System.exit(EXIT_CONFIGURATION);
    }
    AmazonCorrettoCryptoProvider.install();
    QUIET.forEach(logger -> logger.setLevel(Level.WARNING));
    try {
      TrustedCertificates.useNamed(System.getenv());
      MonitorConfiguration configuration =
          Configuration.read(Path.of(arguments[1]), MonitorConfiguration.class);
      Monitor monitor =
          Monitor.start(
              configuration, Clock.systemUTC(), new SecureRandom(), MonitorMain::stopAtOnce);
      CountDownLatch ended = new CountDownLatch(1);
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(
                  () -> {
                    close(monitor);
                    ended.countDown();
                  },
                  "monitor-stop"));
      ended.await();
    } catch (ConfigurationException e) {
      System.err.println(e.getMessage());
      System.exit(EXIT_CONFIGURATION);
    } catch (IOException | RuntimeException e) {
      System.err.println("the monitor cannot start: " + e.getMessage());
      System.exit(EXIT_FAILED);
    }
  }

  /** What is on disk is unknown: nothing more is written, and the next start recovers. */
  private static void stopAtOnce(Throwable cause) {
    System.err.println("the monitor stops: " + cause);
    Runtime.getRuntime().halt(EXIT_FAILED);
  }

  private static void close(Monitor monitor) {
    try {
      monitor.close();
    } catch (IOException e) {
      System.err.println("while stopping: " + e.getMessage());
    }
  }
}
