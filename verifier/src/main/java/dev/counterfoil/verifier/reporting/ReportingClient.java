package dev.counterfoil.verifier.reporting;

import dev.counterfoil.format.bytes.SecureUrl;
import java.net.URI;
import java.nio.file.Path;

/**
 * Where a service reports what was presented to it, and as which client of the issuer.
 *
 * @param monitor the monitor's URL, without {@code /sightings}
 * @param audience the monitor's name in the access tokens with which it reports
 * @param instance the name of this process, unlike that of any other process of the same client
 * @param clientId the client
 * @param clientKey the file of its private JWK (EC, P-256)
 */
public record ReportingClient(
    URI monitor, String audience, String instance, String clientId, Path clientKey) {
  public ReportingClient {
    // IllegalArgumentException where it is none: tokens go there, and what they are used for.
    SecureUrl.require("the monitor's URL", monitor);
  }
}
