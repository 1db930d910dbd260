package dev.counterfoil.configuration;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;

/** How a process that serves begins, {@code --config FILE}, and ends: when it is asked to. */
public final class ServingMain {
  private static final int EXIT_CONFIGURATION = 78; // EX_CONFIG of sysexits.h

  /** A disk or an address does not answer: a service manager tries again. */
  public static final int EXIT_FAILED = 1;

  /** The same for the programs of which {@code counterfoil} says 4 for all of these. */
  public static final int EXIT_UNKNOWN_STATE = 4;

  private ServingMain() {}

  /** Serves until the process is asked to end. */
  @FunctionalInterface
  public interface Serving<C> {
    void serve(C configuration) throws IOException, ConfigurationException, InterruptedException;
  }

  /**
   * Runs a program.
   *
   * @param name of the process, for people
   */
  public static <C extends Record> void run(
      String[] arguments, String name, Class<C> form, Serving<C> serving)
      throws InterruptedException {
    if (arguments.length != 2 || !arguments[0].equals("--config")) {
      ProcessLog.error("usage: --config FILE");
      System.exit(EXIT_CONFIGURATION);
    }
    try {
      ProcessLog.begin(name, System.getenv());
      IdleHeap.begin();
      TrustedCertificates.useNamed(System.getenv());
      serving.serve(Configuration.read(Path.of(arguments[1]), form));
    } catch (ConfigurationException e) {
      ProcessLog.error(String.valueOf(e.getMessage()));
      System.exit(EXIT_CONFIGURATION);
    } catch (IOException | RuntimeException e) {
      ProcessLog.error("the " + name + " cannot start: " + e.getMessage());
      System.exit(EXIT_FAILED);
    }
  }

  /** Waits until the process is asked to end, and closes what serves then. */
  public static void untilAsked(String name, Closeable serving, Runnable started)
      throws InterruptedException {
    CountDownLatch ended = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  try {
                    serving.close();
                  } catch (IOException e) {
                    ProcessLog.error("while stopping: " + e.getMessage());
                  }
                  ended.countDown();
                },
                name + "-stop"));
    started.run();
    ended.await();
  }

  /** What is on disk is unknown: nothing more is written, and the next start recovers. */
  public static Consumer<Throwable> stopsAtOnce(String name, int exitCode) {
    return cause -> {
      ProcessLog.error("the " + name + " stops: " + cause);
      Runtime.getRuntime().halt(exitCode);
    };
  }
}
