package dev.counterfoil.disclosure;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * How many are affected, bound by a commitment: each tenant finds its own line, made with a salt
 * that its notice has, and nobody can take one away unseen.
 *
 * @param tenants how many tenants
 * @param people how many accounts
 * @param items how many items were opened
 * @param exact whether that is all; else these are lower bounds
 * @param commitments SHA-256 of the list of lines
 */
public record VictimCounts(long tenants, long people, long items, boolean exact, Hash commitments) {
  /** The line of a tenant: it says nothing to anybody without the salt. */
  public static String line(String salt, String tenant, long people, long items) {
    return Hash.sha256(
            (salt + "\n" + tenant + "\n" + people + "\n" + items).getBytes(StandardCharsets.UTF_8))
        .hex();
  }

  /**
   * How one tenant is counted: all its accounts and items, also where its notice lists fewer.
   *
   * @param salt of its line
   */
  public record OfTenant(String salt, long people, long items) {
    /** Not counted. */
    public static final OfTenant NONE = new OfTenant("", 0, 0);

    /** Its line in the published list. */
    public String line(String tenant) {
      return VictimCounts.line(salt, tenant, people, items);
    }
  }

  /**
   * Why the published list does not fit what a tenant was told; empty where it does.
   *
   * @param list the published file
   */
  public static Optional<String> objection(String list, String tenant, OfTenant counted) {
    if (counted.equals(OfTenant.NONE)) {
      return Optional.of("the notice does not say how the tenant was counted");
    }
    return list.lines().anyMatch(line -> line.equals(counted.line(tenant)))
        ? Optional.empty()
        : Optional.of(
            "no line of the list is of this tenant, with %d accounts and %d items"
                .formatted(counted.people(), counted.items()));
  }

  /** Whether a published list is the one that these counts commit to. */
  public boolean isList(byte[] list) {
    return Hash.sha256(list).equals(commitments);
  }

  /** The published list: the lines in order, so that their place says nothing. */
  public static String list(List<String> lines) {
    return String.join("\n", lines.stream().sorted().toList()) + "\n";
  }

  JsonObject toJson() {
    return JsonObject.builder()
        .put("tenants", tenants)
        .put("people", people)
        .put("items", items)
        .put("exact", exact)
        .put("commitments", commitments.hex())
        .build();
  }

  static VictimCounts parse(JsonObject json) throws FormatException {
    json.allowOnly("tenants", "people", "items", "exact", "commitments");
    return new VictimCounts(
        json.number("tenants"),
        json.number("people"),
        json.number("items"),
        json.truth("exact"),
        Hash.parseHex(json.string("commitments")));
  }
}
