package dev.counterfoil.witness;

import dev.counterfoil.configuration.Configuration;
import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.configuration.TrustedCertificates;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;

/** The witness's process: {@code --config FILE}. */
public final class WitnessMain {
  private static final int EXIT_CONFIGURATION = 78; // EX_CONFIG of sysexits.h
  private static final int EXIT_FAILED = 1;

  /**
   * The same end as for a disk or an address that does not answer, which a service manager tries
   * again: {@code counterfoil witness} says 4 for all of them.
   */
  private static final int EXIT_UNKNOWN_STATE = 4;

  // Held here: the loggers are weakly reachable otherwise, and their levels with them.
  private static final List<Logger> QUIET =
      List.of(
          Logger.getLogger("com.zaxxer.hikari"),
          Logger.getLogger("org.flywaydb"),
          Logger.getLogger("io.helidon"));

  private WitnessMain() {}

  /** Runs until it is asked to end; prints its port and its keys when it serves. */
  public static void main(String[] arguments) throws InterruptedException {
    if (arguments.length != 2 || !arguments[0].equals("--config")) {
      System.err.println("usage: WitnessMain --config FILE");
      System.exit(EXIT_CONFIGURATION);
    }
    try {
      TrustedCertificates.useNamed(System.getenv());
      serve(
          Configuration.read(Path.of(arguments[1]), WitnessConfiguration.class),
          witness -> {
            System.out.println("port " + witness.port());
            witness.keys().forEach(System.out::println);
          });
    } catch (ConfigurationException e) {
      System.err.println(e.getMessage());
      System.exit(EXIT_CONFIGURATION);
    } catch (IOException | RuntimeException e) {
      System.err.println("the witness cannot start: " + e.getMessage());
      System.exit(EXIT_FAILED);
    }
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
            configuration, Clock.systemUTC(), new SecureRandom(), WitnessMain::stopAtOnce);
    CountDownLatch ended = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  close(witness);
                  ended.countDown();
                },
                "witness-stop"));
    started.accept(witness);
    ended.await();
  }

  /** What is on disk is unknown: nothing more is written, and the next start recovers. */
  private static void stopAtOnce(Throwable cause) {
    System.err.println("the witness stops: " + cause);
    Runtime.getRuntime().halt(EXIT_UNKNOWN_STATE);
  }

  private static void close(Witness witness) {
    try {
      witness.close();
    } catch (IOException e) {
      System.err.println("while stopping: " + e.getMessage());
    }
  }
}
