package dev.counterfoil.process;

import dev.counterfoil.hardening.AwsLc;
import java.security.Security;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * For a class that takes keys through many lives, or checks many statements: AWS-LC's Ed25519,
 * which is some twenty times as fast as the JDK's, and none of the messages about thousands of
 * keys.
 */
public final class SimulatedKeys implements BeforeAllCallback, AfterAllCallback {
  private final Logger logger = Logger.getLogger("dev.counterfoil.signer");

  @Override
  public void beforeAll(ExtensionContext context) {
    Security.insertProviderAt(AwsLc.PROVIDER, 1);
    logger.setLevel(Level.OFF);
  }

  @Override
  public void afterAll(ExtensionContext context) {
    Security.removeProvider(AwsLc.PROVIDER.getName());
    logger.setLevel(null);
  }
}
