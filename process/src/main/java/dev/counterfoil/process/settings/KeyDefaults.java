package dev.counterfoil.process.settings;

import dev.counterfoil.configuration.Bounds;
import dev.counterfoil.configuration.Default;
import dev.counterfoil.configuration.Meaning;
import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keys.PublicJwk.Algorithm;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What holds for every purpose of a domain that does not say otherwise. */
public record KeyDefaults(
    @Meaning("Token types that keys may sign; empty: at+jwt, access tokens of RFC 9068.")
        List<String> tokenTypes,
    @Meaning("Tenants that keys may sign for; [\"*\"] for any. All others are denied.")
        List<String> tenants,
    @Meaning("Services that keys may sign for; [\"*\"] for any. All others are denied.")
        List<String> audiences,
    @Meaning("Longest lifetime of a token.") @Default("15m") @Bounds(min = "1s", max = "1h")
        Duration lifeMax,
    @Meaning("How long a key signs before the next one takes over automatically.")
        @Default("24h")
        @Bounds(min = "4s", max = "365d")
        Duration usagePeriod,
    @Meaning(
            "How much longer a key could sign, while the registrar is away or rotation"
                + " is paused. Without: half of usage-period.")
        @Bounds(min = "1s", max = "365d")
        Optional<Duration> usageReserve,
    @Meaning(
            "The time within which a stated key is known everywhere, even in every"
                + " cache of the JWKS. Without: 15m, or a quarter of usage-period if that is"
                + " less.")
        @Bounds(min = "1s", max = "7d")
        Optional<Duration> propagationWindow,
    @Meaning(
            "Whether keys may follow each other faster than services that read the"
                + " JWKS with jose or Nimbus learn of them. Such services then refuse valid"
                + " tokens. Verifiers of the key log are not affected.")
        @Default("false")
        boolean acceptGoodTokensRefused) {

  public KeyDefaults {
    tokenTypes = tokenTypes.isEmpty() ? List.of("at+jwt") : List.copyOf(tokenTypes);
    tenants = List.copyOf(tenants);
    audiences = List.copyOf(audiences);
    if (tenants.isEmpty() || audiences.isEmpty()) {
      throw new IllegalArgumentException(
          "tenants and audiences each name something, or [\"*\"] for anything");
    }
    AllowList _ = allowList("tenants", tenants);
    AllowList _ = allowList("audiences", audiences);
    AllowList _ = allowList("token-types", tokenTypes);
  }

  /** The same for further tenants. */
  public KeyDefaults with(List<String> more) {
    List<String> all =
        tenants.contains("*")
            ? tenants
            : Stream.concat(tenants.stream(), more.stream()).distinct().toList();
    return new KeyDefaults(
        tokenTypes,
        all,
        audiences,
        lifeMax,
        usagePeriod,
        usageReserve,
        propagationWindow,
        acceptGoodTokensRefused);
  }

  /**
   * Refuses every setting that could stop the issuing, have good tokens refused, or let a key of
   * one purpose vouch for another.
   *
   * @throws IllegalArgumentException with the arithmetic of what is wrong
   */
  public void check(List<PurposeEntry> purposes) {
    Purposes resolved = resolve(purposes);
    List<String> objections = new ArrayList<>(resolved.objections());
    if (!acceptGoodTokensRefused) {
      objections.addAll(resolved.objectionsOfCaches());
    }
    if (!objections.isEmpty()) {
      throw new IllegalArgumentException(String.join("; ", objections));
    }
  }

  /** The purposes in full; one, for access tokens, where none is configured. */
  Purposes resolve(List<PurposeEntry> purposes) {
    List<PurposeEntry> all = purposes.isEmpty() ? List.of(PurposeEntry.access()) : purposes;
    return new Purposes(all.stream().map(this::resolve).toList());
  }

  private Purpose resolve(PurposeEntry entry) {
    Duration life = entry.lifeMax().orElse(lifeMax);
    // A period of its own has a reserve of its own.
    Optional<Duration> reserve =
        entry
            .usageReserve()
            .or(() -> entry.usagePeriod().isPresent() ? Optional.empty() : usageReserve);
    return new Purpose(
        entry.name(),
        allowList("token-types", or(entry.tokenTypes(), tokenTypes)),
        or(entry.algorithms(), List.of(Algorithm.ES256.jose())).stream()
            .map(KeyDefaults::algorithm)
            .toList(),
        allowList("tenants", or(entry.tenants(), tenants)),
        allowList("audiences", or(entry.audiences(), audiences)),
        life,
        KeySchedule.derive(
            entry.usagePeriod().orElse(usagePeriod),
            reserve,
            life,
            propagationWindow,
            entry.deliveryWindow()),
        entry.binding(),
        entry.publication(),
        allowList("status-list", entry.statusList()),
        entry.claims().isEmpty() ? Purpose.CLAIMS : allowList("claims", entry.claims()));
  }

  private static List<String> or(List<String> own, List<String> common) {
    return own.isEmpty() ? common : own;
  }

  private static AllowList allowList(String key, List<String> names) {
    try {
      return AllowList.parse(names);
    } catch (FormatException e) {
      throw new IllegalArgumentException(key + " has a name twice, or * beside names", e);
    }
  }

  private static Algorithm algorithm(String name) {
    try {
      return Algorithm.ofJose(name);
    } catch (FormatException e) {
      throw new IllegalArgumentException(
          "algorithms: " + name + " is none that this version signs with", e);
    }
  }
}
