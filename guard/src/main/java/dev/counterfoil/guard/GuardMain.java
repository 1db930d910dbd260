package dev.counterfoil.guard;

import dev.counterfoil.configuration.Configuration;
import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.configuration.TrustedCertificates;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;

/** The guard's process: {@code --config FILE}. */
public final class GuardMain {
  private static final int EXIT_CONFIGURATION = 78; // EX_CONFIG of sysexits.h
  private static final int EXIT_FAILED = 1;

  // Held here: the logger is weakly reachable otherwise, and its level with it.
  private static final Logger QUIET = Logger.getLogger("io.helidon");

  private GuardMain() {}

  /** Runs until it is asked to end; prints its port when it serves. */
  public static void main(String[] arguments) throws InterruptedException {
    if (arguments.length != 2 || !arguments[0].equals("--config")) {
      System.err.println("usage: GuardMain --config FILE");
      System.exit(EXIT_CONFIGURATION);
    }
    try {
      TrustedCertificates.useNamed(System.getenv());
      serve(
          Configuration.read(Path.of(arguments[1]), GuardConfiguration.class),
          guard -> System.out.println("port " + guard.port()));
    } catch (ConfigurationException e) {
      System.err.println(e.getMessage());
      System.exit(EXIT_CONFIGURATION);
    } catch (IOException | RuntimeException e) {
      System.err.println("the guard cannot start: " + e.getMessage());
      System.exit(EXIT_FAILED);
    }
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
    CountDownLatch ended = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  guard.close();
                  ended.countDown();
                },
                "guard-stop"));
    started.accept(guard);
    ended.await();
  }
}
