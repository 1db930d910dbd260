package dev.counterfoil.authority;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import dev.counterfoil.authority.settings.AuthorityConfiguration;
import dev.counterfoil.configuration.ServingMain;
import java.lang.management.ManagementFactory;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;

/** The authority's process: {@code --config FILE}. */
public final class AuthorityMain {
  private AuthorityMain() {}

  /** Runs until it is asked to end. */
  public static void main(String[] arguments) throws InterruptedException {
    Instant startedAt = Instant.ofEpochMilli(ManagementFactory.getRuntimeMXBean().getStartTime());
    AmazonCorrettoCryptoProvider.install();
    ServingMain.run(
        arguments,
        "authority",
        AuthorityConfiguration.class,
        configuration -> {
          Authority authority =
              Authority.start(configuration, Clock.systemUTC(), new SecureRandom(), startedAt);
          ServingMain.untilAsked("authority", authority::close, () -> {});
        });
  }
}
