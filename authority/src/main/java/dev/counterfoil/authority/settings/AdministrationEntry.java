package dev.counterfoil.authority.settings;

import dev.counterfoil.configuration.Bounds;
import dev.counterfoil.configuration.Default;
import dev.counterfoil.configuration.Meaning;
import dev.counterfoil.http.listener.AddressRange;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

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
        List<String> networks,
    @Meaning("Which changes of one administrator wait for another one. Without: none.")
        Optional<SecondPersonEntry> secondPerson) {
  private static final int NETWORKS_MAX = 64;
  private static final int GUARDED_MAX = 1_000;

  /** Which changes wait for a second person. */
  public record SecondPersonEntry(
      @Meaning(
              "Whether a new administrator, a client that may more than before, and the redirect"
                  + " URIs and credentials of guarded clients wait for a second administrator.")
          @Default("false")
          boolean required,
      @Meaning("How long such a change waits before it expires.")
          @Default("1h")
          @Bounds(min = "1m", max = "24h")
          Duration confirmWithin,
      @Meaning("Ids of the clients that are guarded; `*` for all.") List<String> guardedClients) {
    /** Nobody waits. */
    public static final SecondPersonEntry NOBODY =
        new SecondPersonEntry(false, Duration.ofHours(1), List.of());

    public SecondPersonEntry {
      guardedClients = List.copyOf(guardedClients);
      if (guardedClients.size() > GUARDED_MAX) {
        throw new IllegalArgumentException(
            "guarded-clients has at most " + GUARDED_MAX + " entries");
      }
    }
  }

  public AdministrationEntry {
    networks = List.copyOf(networks);
    if (networks.size() > NETWORKS_MAX) {
      throw new IllegalArgumentException("networks has at most " + NETWORKS_MAX + " entries");
    }
    networks.forEach(text -> AddressRange.parse("networks", text));
  }

  /** The API for programs of this host, and nothing else. */
  public static AdministrationEntry onThisHost() {
    return new AdministrationEntry(true, List.of(), Optional.empty());
  }
}
