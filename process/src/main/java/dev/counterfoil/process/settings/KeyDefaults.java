package dev.counterfoil.process.settings;

import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keys.PublicJwk.Algorithm;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What holds for every purpose of a domain that does not say otherwise.
 *
 * @param tokenTypes {@code typ} values
 * @param tenants whom keys serve
 * @param audiences for which services
 * @param lifeMax longest life of a token
 * @param usagePeriod how long a key signs before the next takes over
 * @param usageReserve how much longer it could
 * @param propagationWindow within which a stated key is known everywhere
 * @param acceptsGoodTokensRefused whether it may be shorter than common libraries ask again
 */
public record KeyDefaults(
    List<String> tokenTypes,
    List<String> tenants,
    List<String> audiences,
    Duration lifeMax,
    Duration usagePeriod,
    Optional<Duration> usageReserve,
    Optional<Duration> propagationWindow,
    boolean acceptsGoodTokensRefused) {

  /**
   * Refuses every setting that could stop the issuing, have good tokens refused, or let a key of
   * one purpose vouch for another.
   *
   * @throws IllegalArgumentException with the arithmetic of what is wrong
   */
  public void check(List<PurposeEntry> purposes) {
    Purposes resolved = resolve(purposes);
    List<String> objections = new ArrayList<>(resolved.objections());
    if (!acceptsGoodTokensRefused) {
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
        allowList("status-list", entry.statusList()));
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
