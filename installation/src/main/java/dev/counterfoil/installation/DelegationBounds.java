package dev.counterfoil.installation;

import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.root.Delegation;
import dev.counterfoil.installation.layout.InstallationConfiguration.Domain;
import dev.counterfoil.registrar.root.TrialRoot;
import java.util.Set;

/** What the trial root delegates to a domain's registrar. */
final class DelegationBounds {
  private DelegationBounds() {}

  static TrialRoot.Bounds of(Domain domain) throws InstallationException {
    try {
      return new TrialRoot.Bounds(
          domain.name(),
          domain.issuer().toString(),
          new Delegation.Bounds(
                  AllowList.parse(domain.keyTenants()),
                  AllowList.parse(domain.keyAudiences()),
                  AllowList.parse(domain.keyTokenTypes()),
                  domain.keyLifeMax())
              .attaching(Set.copyOf(domain.attachedIssuers())));
    } catch (FormatException | IllegalArgumentException e) {
      throw new InstallationException(
          "tenants or audiences of domain " + domain.name() + ": " + e.getMessage(), e);
    }
  }
}
