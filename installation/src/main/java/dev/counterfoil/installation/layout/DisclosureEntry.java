package dev.counterfoil.installation.layout;

import dev.counterfoil.configuration.Default;
import dev.counterfoil.configuration.Meaning;
import dev.counterfoil.installation.layout.InstallationConfiguration.Domain;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What {@code up} is told of the disclosure process.
 *
 * @param domain that it speaks for
 * @param publicAddress where readers find what it publishes
 * @param contacts of tenants
 * @param adminUsers who may connect
 * @param secondPerson whether another one approves
 */
public record DisclosureEntry(
    @Meaning("The trust domain that it speaks for. Without: the only one.") Optional<String> domain,
    @Meaning("Address under which readers know the folder of what is published. Notices name it.")
        String publicAddress,
    @Meaning("File with the security contacts of tenants.") Optional<Path> contacts,
    @Meaning("Unix users that may connect; without any: the one that up runs as.")
        List<String> adminUsers,
    @Meaning("Whether publishing and notices wait for the approval of another operator.")
        @Default("true")
        boolean secondPerson) {
  public DisclosureEntry {
    adminUsers = List.copyOf(adminUsers);
  }

  /** The domain that is meant. */
  Domain in(List<Domain> domains) {
    return domains.stream()
        .filter(one -> domain.map(one.name()::equals).orElse(domains.size() == 1))
        .findFirst()
        .orElseThrow(
            () -> new IllegalArgumentException("disclosure.domain must name one of the domains"));
  }

  /** The domain of an installation's disclosure process; empty where it has none. */
  public static Optional<Domain> domainOf(InstallationConfiguration installation) {
    return installation.disclosure().map(entry -> entry.in(installation.domains()));
  }

  /** The name of the disclosure log: the issuer's, without its scheme. */
  static String origin(URI issuer) {
    return issuer.toString().replaceFirst("^[a-z]+://", "") + "/disclosure";
  }
}
