package dev.counterfoil.log;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import java.security.Security;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * For a class of simulations: AWS-LC's Ed25519, which is some twenty times as fast as the JDK's,
 * and no messages of the thousands of crashes and full disks.
 */
public final class SimulationRuns implements BeforeAllCallback, AfterAllCallback {
  private final Logger logger = Logger.getLogger("dev.counterfoil.log");

  @Override
  public void beforeAll(ExtensionContext context) {
    Security.insertProviderAt(AmazonCorrettoCryptoProvider.INSTANCE, 1);
    logger.setLevel(Level.OFF);
  }

  @Override
  public void afterAll(ExtensionContext context) {
    Security.removeProvider(AmazonCorrettoCryptoProvider.PROVIDER_NAME);
    logger.setLevel(null);
  }
}
