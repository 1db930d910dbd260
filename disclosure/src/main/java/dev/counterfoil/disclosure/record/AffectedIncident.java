package dev.counterfoil.disclosure.record;

import dev.counterfoil.disclosure.TheftNotice.AffectedAccount;
import dev.counterfoil.disclosure.VictimCounts;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * An incident as the monitor computed it: who and what was touched. Nobody types any of it.
 *
 * @param id the monitor's number
 * @param domain trust domain
 * @param severity low, medium, high or critical
 * @param first when the first finding was seen
 * @param last when the last one was
 * @param keys keys under which the tokens were
 * @param tenants what happened to each tenant, by its name
 * @param notKnown what the monitor says is not known
 * @param namedOnly how many accounts are named by forged tokens that no service accepted; the
 *     forger chose how many, so no other number includes them
 * @param salt for commitments; of this process
 */
public record AffectedIncident(
    String id,
    String domain,
    String severity,
    Instant first,
    Instant last,
    List<String> keys,
    Map<String, AffectedTenant> tenants,
    List<String> notKnown,
    long namedOnly,
    String salt) {
  /** Most tenants of an incident. */
  public static final int TENANTS_MAX = 10_000;

  /**
   * One tenant's part.
   *
   * @param accounts the accounts for which services accepted tokens
   * @param entities what was opened
   */
  public record AffectedTenant(List<AffectedAccount> accounts, List<Opened> entities) {
    /** Items that were opened. */
    public long items() {
      return entities.stream().mapToLong(Opened::items).sum();
    }
  }

  /**
   * A mailbox or other entity that was opened.
   *
   * @param name as the audit log has it
   * @param items how many of its items
   * @param first when first
   * @param last when last
   */
  public record Opened(String name, long items, Instant first, Instant last) {
    /** One line for people. */
    public String words() {
      return "%s: %d items, %s to %s".formatted(name, items, first, last);
    }
  }

  public AffectedIncident {
    keys = List.copyOf(keys);
    tenants = new TreeMap<>(tenants);
    notKnown = List.copyOf(notKnown);
  }

  /** Reads what an entry has of it. */
  public static AffectedIncident parse(JsonObject json) throws FormatException {
    json.allowOnly(
        "id",
        "domain",
        "severity",
        "first_ms",
        "last_ms",
        "keys",
        "accounts",
        "entities",
        "not_known",
        "named_only",
        "salt");
    Map<String, AffectedTenant> tenants = new TreeMap<>();
    for (JsonObject one : json.objects("accounts")) {
      tenant(tenants, one.string("tenant"))
          .accounts()
          .add(AffectedAccount.parse(one.without("tenant")));
    }
    for (JsonObject one : json.objects("entities")) {
      one.allowOnly("tenant", "entity", "items", "first_ms", "last_ms");
      tenant(tenants, one.string("tenant"))
          .entities()
          .add(
              new Opened(
                  one.string("entity"),
                  one.number("items"),
                  Instant.ofEpochMilli(one.number("first_ms")),
                  Instant.ofEpochMilli(one.number("last_ms"))));
    }
    if (tenants.size() > TENANTS_MAX) {
      throw new FormatException("an incident has at most " + TENANTS_MAX + " tenants");
    }
    return new AffectedIncident(
        json.string("id"),
        json.string("domain"),
        json.string("severity"),
        Instant.ofEpochMilli(json.number("first_ms")),
        Instant.ofEpochMilli(json.number("last_ms")),
        json.strings("keys"),
        tenants,
        json.strings("not_known"),
        json.optionalNumber("named_only").orElse(0L),
        json.string("salt"));
  }

  private static AffectedTenant tenant(Map<String, AffectedTenant> tenants, String name) {
    return tenants.computeIfAbsent(
        name, _ -> new AffectedTenant(new ArrayList<>(), new ArrayList<>()));
  }

  /** Whether its numbers are all; else they are lower bounds. */
  public boolean isExact() {
    return notKnown.isEmpty();
  }

  /** What counts as what in the claims: {@code tenants}, {@code people}, {@code items}. */
  public Map<String, Long> numbers() {
    VictimCounts counts = counts();
    return Map.of(
        "tenants", counts.tenants(),
        "people", counts.people(),
        "items", counts.items());
  }

  /** What names all of it: an approval of a draft is one of these accounts and entities. */
  public Hash digest() {
    // Records of texts, numbers and times, each in one order.
    return Hash.sha256(toString().getBytes(StandardCharsets.UTF_8));
  }

  /** The salt of a tenant's line. */
  private String saltOf(String tenant) {
    return Hash.sha256((salt + "\n" + tenant).getBytes(StandardCharsets.UTF_8)).hex();
  }

  /** How a tenant is counted. */
  public VictimCounts.OfTenant counted(String tenant, AffectedTenant part) {
    return new VictimCounts.OfTenant(saltOf(tenant), part.accounts().size(), part.items());
  }

  /** The lines of all tenants. */
  public List<String> commitments() {
    return tenants.entrySet().stream()
        .map(one -> counted(one.getKey(), one.getValue()).line(one.getKey()))
        .toList();
  }

  /** How many are affected. */
  public VictimCounts counts() {
    return new VictimCounts(
        tenants.size(),
        tenants.values().stream().mapToLong(one -> one.accounts().size()).sum(),
        tenants.values().stream().mapToLong(AffectedTenant::items).sum(),
        isExact(),
        Hash.sha256(VictimCounts.list(commitments()).getBytes(StandardCharsets.UTF_8)));
  }
}
