package dev.counterfoil.signer.settings;

import dev.counterfoil.configuration.Configuration;
import dev.counterfoil.configuration.ConfigurationException;
import java.nio.file.Path;

/** Configurations for tests that start no process. */
public final class TestConfiguration {
  private TestConfiguration() {}

  /** Of a signer in a folder, whose passphrase lies there already. */
  public static SignerConfiguration signer(Path folder) throws ConfigurationException {
    return signer(folder, "");
  }

  /**
   * The same with more.
   *
   * @param more lines
   */
  public static SignerConfiguration signer(Path folder, String more) throws ConfigurationException {
    return Configuration.parse(
        folder.resolve("signer.yaml"),
        """
        domain: enterprise
        issuer: https://login.example
        folder: signer
        passphrase-file: passphrase
        service-socket: s.sock
        admin-socket: a.sock
        registrar-socket: r.sock
        log-folder: log
        tenants: [acme]
        audiences: [mail]
        """
            + more,
        SignerConfiguration.class);
  }
}
