package dev.counterfoil.installation.layout;

import dev.counterfoil.configuration.HostPort;
import dev.counterfoil.installation.layout.InstallationConfiguration.Domain;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** What runs where nobody wrote a configuration file. */
public final class TrialConfiguration {
  private static final String DOMAIN = "trial";

  /** A name, since a passkey belongs to one. */
  private static final URI ISSUER = URI.create("http://localhost:8480");

  private TrialConfiguration() {}

  /**
   * One domain with one tenant and a warm spare, on loopback, in which people sign in, and which
   * programs of this host may administer.
   *
   * @param folder a domain that is there keeps its issuer, which stands in all its tokens and keys
   * @throws IOException when the folder cannot be read
   */
  public static InstallationConfiguration of(DataFolder folder) throws IOException {
    return of(folder.domain(DOMAIN).issuer().orElse(ISSUER));
  }

  /** The same of a domain that is made new. */
  public static InstallationConfiguration fresh() {
    return of(ISSUER);
  }

  private static InstallationConfiguration of(URI issuer) {
    return new InstallationConfiguration(
        List.of(
            new Domain(
                    DOMAIN,
                    issuer,
                    new HostPort("127.0.0.1", 8480),
                    List.of("acme"),
                    List.of("*"),
                    Duration.ofMinutes(15),
                    Duration.ofHours(24),
                    Map.of(),
                    List.of())
                .signingPeopleIn()
                .administeredHere()
                .withSpareSigners(1)),
        new HostPort("127.0.0.1", 8481));
  }
}
