package dev.counterfoil.custodian.issuer;

import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.policy.TrustPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Reads the trust policy that a configuration names. */
public final class IssuerPolicyFile {
  private IssuerPolicyFile() {}

  /**
   * Reads it.
   *
   * @param domain whose policy it must be
   * @throws ConfigurationException when there is none that can be used: no process starts with it
   */
  public static TrustPolicy read(Path file, String domain) throws ConfigurationException {
    try {
      TrustPolicy policy = TrustPolicy.parse(Files.readAllBytes(file));
      if (!policy.domain().equals(domain)) {
        throw new ConfigurationException(
            file + " is the policy of domain " + policy.domain() + ", not of " + domain);
      }
      return policy;
    } catch (NoSuchFileException e) {
      throw new ConfigurationException(
          "there is no policy "
              + file
              + ": copy domains/"
              + domain
              + "/policy.txt from the issuer's data folder",
          e);
    } catch (FormatException e) {
      throw new ConfigurationException(file + ": " + e.getMessage(), e);
    } catch (IOException e) {
      throw new ConfigurationException("policy " + file + " cannot be read: " + e, e);
    }
  }
}
