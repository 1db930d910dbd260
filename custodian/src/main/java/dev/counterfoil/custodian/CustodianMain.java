package dev.counterfoil.custodian;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import dev.counterfoil.configuration.Configuration;
import dev.counterfoil.configuration.ConfigurationException;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.concurrent.CountDownLatch;

/** The process of a custodian that runs alone: {@code --config FILE}. */
public final class CustodianMain {
  private static final int EXIT_CONFIGURATION = 78; // EX_CONFIG of sysexits.h
  private static final int EXIT_FAILED = 1;

  private CustodianMain() {}

  /** Runs until it is asked to end. */
  public static void main(String[] arguments) throws InterruptedException {
    if (arguments.length != 2 || !arguments[0].equals("--config")) {
      System.err.println("usage: CustodianMain --config FILE");
      System.exit(EXIT_CONFIGURATION);
    }
    AmazonCorrettoCryptoProvider.install();
    try {
      CustodianConfiguration configuration =
          Configuration.read(Path.of(arguments[1]), CustodianConfiguration.class);
      CustodianProcess process =
          CustodianProcess.start(
              configuration, Clock.systemUTC(), new SecureRandom(), CustodianMain::stopAtOnce);
      System.err.println(
          "custodian listens on port "
              + process.port()
              + " and cosigns as "
              + process.custodian().cosigner());
      CountDownLatch ended = new CountDownLatch(1);
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(
                  () -> {
                    close(process);
                    ended.countDown();
                  },
                  "custodian-stop"));
      ended.await();
    } catch (ConfigurationException e) {
      System.err.println(e.getMessage());
      System.exit(EXIT_CONFIGURATION);
    } catch (IOException | RuntimeException e) {
      System.err.println("the custodian cannot start: " + e.getMessage());
      System.exit(EXIT_FAILED);
    }
  }

  /** What is on disk is unknown: nothing more is written, and the next start recovers. */
  private static void stopAtOnce(Throwable cause) {
    System.err.println("the custodian stops: " + cause);
    Runtime.getRuntime().halt(EXIT_FAILED);
  }

  private static void close(CustodianProcess process) {
    try {
      process.close();
    } catch (IOException e) {
      System.err.println("while stopping: " + e.getMessage());
    }
  }
}
