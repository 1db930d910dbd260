package dev.counterfoil.authority;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import dev.counterfoil.authority.settings.AuthorityConfiguration;
import dev.counterfoil.configuration.Configuration;
import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.configuration.TrustedCertificates;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;

/** The authority's process: {@code --config FILE}. */
public final class AuthorityMain {
  private static final int EXIT_CONFIGURATION = 78; // EX_CONFIG of sysexits.h
  private static final int EXIT_FAILED = 1;

  private AuthorityMain() {}

  /** Runs until it is asked to end. */
  public static void main(String[] arguments) throws InterruptedException {
    if (arguments.length != 2 || !arguments[0].equals("--config")) {
      System.err.println("usage: AuthorityMain --config FILE");
      System.exit(EXIT_CONFIGURATION);
    }
    Instant startedAt = Instant.ofEpochMilli(ManagementFactory.getRuntimeMXBean().getStartTime());
    AmazonCorrettoCryptoProvider.install();
    try {
      TrustedCertificates.useNamed(System.getenv());
      AuthorityConfiguration configuration =
          Configuration.read(Path.of(arguments[1]), AuthorityConfiguration.class);
      Authority authority =
          Authority.start(configuration, Clock.systemUTC(), new SecureRandom(), startedAt);
      CountDownLatch ended = new CountDownLatch(1);
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(
                  () -> {
                    close(authority);
                    ended.countDown();
                  },
                  "authority-stop"));
      ended.await();
    } catch (ConfigurationException e) {
      System.err.println(e.getMessage());
      System.exit(EXIT_CONFIGURATION);
    } catch (IOException | RuntimeException e) {
      System.err.println("the authority cannot start: " + e.getMessage());
      System.exit(EXIT_FAILED);
    }
  }

  private static void close(Authority authority) {
    try {
      authority.close();
    } catch (IOException e) {
      System.err.println("while stopping: " + e.getMessage());
    }
  }
}
