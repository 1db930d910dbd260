package dev.counterfoil.custodian;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import dev.counterfoil.configuration.Configuration;
import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.configuration.TrustedCertificates;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;

/** The process of a custodian that runs alone: {@code --config FILE}. */
public final class CustodianMain {
  private static final int EXIT_CONFIGURATION = 78; // EX_CONFIG of sysexits.h
  private static final int EXIT_FAILED = 1;

  /**
   * The same end as for a disk or an address that does not answer, which a service manager tries
   * again: {@code counterfoil custodian} says 4 for all of them.
   */
  private static final int EXIT_UNKNOWN_STATE = 4;

  private CustodianMain() {}

  /** Runs until it is asked to end; prints its port and its key when it serves. */
  public static void main(String[] arguments) throws InterruptedException {
    if (arguments.length != 2 || !arguments[0].equals("--config")) {
      System.err.println("usage: CustodianMain --config FILE");
      System.exit(EXIT_CONFIGURATION);
    }
    try {
      TrustedCertificates.useNamed(System.getenv());
      serve(
          Configuration.read(Path.of(arguments[1]), CustodianConfiguration.class),
          custodian -> {
            System.out.println("port " + custodian.port());
            System.out.println(custodian.key());
          });
    } catch (ConfigurationException e) {
      System.err.println(e.getMessage());
      System.exit(EXIT_CONFIGURATION);
    } catch (IOException | RuntimeException e) {
      System.err.println("the custodian cannot start: " + e.getMessage());
      System.exit(EXIT_FAILED);
    }
  }

  /**
   * Serves until the process is asked to end.
   *
   * @param started told when it serves
   * @throws ConfigurationException when a file that the configuration names cannot be used
   */
  public static void serve(CustodianConfiguration configuration, Consumer<CustodianProcess> started)
      throws IOException, ConfigurationException, InterruptedException {
    AmazonCorrettoCryptoProvider.install();
    CustodianProcess process =
        CustodianProcess.start(
            configuration, Clock.systemUTC(), new SecureRandom(), CustodianMain::stopAtOnce);
    CountDownLatch ended = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  close(process);
                  ended.countDown();
                },
                "custodian-stop"));
    started.accept(process);
    ended.await();
  }

  /** What is on disk is unknown: nothing more is written, and the next start recovers. */
  private static void stopAtOnce(Throwable cause) {
    System.err.println("the custodian stops: " + cause);
    Runtime.getRuntime().halt(EXIT_UNKNOWN_STATE);
  }

  private static void close(CustodianProcess process) {
    try {
      process.close();
    } catch (IOException e) {
      System.err.println("while stopping: " + e.getMessage());
    }
  }
}
