package dev.counterfoil.authority.administration;

import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.authority.clients.RegistrationCheck;
import dev.counterfoil.authority.keys.PublishedKeys;
import dev.counterfoil.format.keys.KeyStatement;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/**
 * What the keys of the domain may sign, as the key log states them. The signer decides at each
 * token; here administrators are told at once.
 */
public record KeyScope(PublishedKeys published, InstantSource clock) {
  /** Why no key may sign for a tenant; empty where one may, and while no key is stated. */
  Optional<String> tenantFault(String tenant) {
    return RegistrationCheck.tenantFault(tenant, keys(), clock.instant());
  }

  /** What no key may sign of what a client is registered for; empty as above. */
  List<String> faults(ClientRegistration client) {
    return RegistrationCheck.faults(client, keys(), clock.instant());
  }

  private List<KeyStatement> keys() {
    try {
      return published.current().map(PublishedKeys.Published::set).stream()
          .flatMap(set -> set.keys().stream())
          .toList();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return List.of();
    }
  }
}
