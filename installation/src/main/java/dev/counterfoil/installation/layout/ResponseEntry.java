package dev.counterfoil.installation.layout;

import dev.counterfoil.authority.settings.AdministrationEntry;
import dev.counterfoil.configuration.Meaning;
import dev.counterfoil.installation.layout.InstallationConfiguration.Domain;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What {@code up} is told of the response process.
 *
 * @param domain whose findings it follows
 * @param playbooks files
 * @param never what no step is about
 */
public record ResponseEntry(
    @Meaning("The trust domain whose findings it follows. Without: the only one.")
        Optional<String> domain,
    @Meaning("Files of playbooks. Empty: the ones that come with Counterfoil.")
        List<Path> playbooks,
    @Meaning("People, clients and keys that no step is about, by sub, client_id or kid.")
        List<String> never) {
  public ResponseEntry {
    playbooks = List.copyOf(playbooks);
    never = List.copyOf(never);
  }

  /** The domain that is meant. */
  Domain in(List<Domain> domains) {
    return domains.stream()
        .filter(one -> domain.map(one.name()::equals).orElse(domains.size() == 1))
        .findFirst()
        .orElseThrow(
            () -> new IllegalArgumentException("response.domain must name one of the domains"));
  }

  /** The domain of an installation's response process; empty where it has none. */
  public static Optional<Domain> domainOf(InstallationConfiguration installation) {
    return installation.response().map(entry -> entry.in(installation.domains()));
  }

  /** It takes access away through the administration API. */
  static void check(Optional<ResponseEntry> entry, List<Domain> domains) {
    if (entry.isPresent()
        && entry.get().in(domains).administration().filter(AdministrationEntry::api).isEmpty()) {
      throw new IllegalArgumentException(
          "response asks through the administration API. Turn it on for its domain:"
              + " administration: {api: true}");
    }
  }
}
