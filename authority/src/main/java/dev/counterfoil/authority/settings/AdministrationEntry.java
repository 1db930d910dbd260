package dev.counterfoil.authority.settings;

import dev.counterfoil.configuration.Default;
import dev.counterfoil.configuration.Meaning;
import dev.counterfoil.http.listener.AddressRange;
import java.util.List;

/** How a domain is administered beside its admin socket. */
public record AdministrationEntry(
    @Meaning(
            "Whether programs may administer the domain over HTTP, below the issuer's /admin/v1,"
                + " with access tokens that have the scope counterfoil:admin.")
        @Default("false")
        boolean api,
    @Meaning(
            "Addresses and ranges from which they may, besides this host. A proxy counts by its"
                + " own address.")
        List<String> networks) {
  private static final int NETWORKS_MAX = 64;

  public AdministrationEntry {
    networks = List.copyOf(networks);
    if (networks.size() > NETWORKS_MAX) {
      throw new IllegalArgumentException("networks has at most " + NETWORKS_MAX + " entries");
    }
    networks.forEach(text -> AddressRange.parse("networks", text));
  }

  /** The API for programs of this host, and nothing else. */
  public static AdministrationEntry onThisHost() {
    return new AdministrationEntry(true, List.of());
  }
}
