package dev.counterfoil.installation;

import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.root.Delegation;
import dev.counterfoil.installation.layout.InstallationConfiguration.Domain;
import dev.counterfoil.process.settings.PurposeEntry;
import dev.counterfoil.registrar.root.TrialRoot;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** What the trial root delegates to a domain's registrar. */
final class DelegationBounds {
  private DelegationBounds() {}

  /** With the tenants that operators added to its registrar. */
  static TrialRoot.Bounds of(Domain domain, List<String> added) throws InstallationException {
    List<String> tenants = tenants(domain.keyTenants(), added);
    for (PurposeEntry purpose : domain.purposes()) {
      // The registrar would refuse each key of the purpose.
      requireWithin(domain, purpose, "tenants", purpose.tenants(), tenants);
      requireWithin(domain, purpose, "audiences", purpose.audiences(), domain.keyAudiences());
    }
    try {
      return new TrialRoot.Bounds(
          domain.name(),
          domain.issuer().toString(),
          new Delegation.Bounds(
                  AllowList.parse(tenants),
                  AllowList.parse(domain.keyAudiences()),
                  AllowList.parse(domain.keyTokenTypes()),
                  domain.keyLifeMax())
              .attaching(Set.copyOf(domain.attachedIssuers())));
    } catch (FormatException | IllegalArgumentException e) {
      throw new InstallationException(
          "tenants or audiences of domain " + domain.name() + ": " + e.getMessage(), e);
    }
  }

  private static void requireWithin(
      Domain domain,
      PurposeEntry purpose,
      String key,
      List<String> ofPurpose,
      List<String> ofDomain)
      throws InstallationException {
    if (!ofDomain.contains("*") && !ofDomain.containsAll(ofPurpose)) {
      throw new InstallationException(
          ("domain %s: purpose %s has %s that the domain does not have: add them to the domain's %s,"
                  + " or write [\"*\"] there")
              .formatted(domain.name(), purpose.name(), key, key));
    }
  }

  private static List<String> tenants(List<String> configured, List<String> added) {
    return configured.contains("*")
        ? configured
        : Stream.concat(configured.stream(), added.stream()).distinct().toList();
  }
}
