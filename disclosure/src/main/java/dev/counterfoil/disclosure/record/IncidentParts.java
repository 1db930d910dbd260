package dev.counterfoil.disclosure.record;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * An incident of the monitor as the disclosure process takes it: accounts and entities in parts,
 * for a request has at most 128 KiB. Pure.
 *
 * @param summary everything else
 * @param parts accounts and entities
 * @param accounts how many accounts
 * @param tenants how many tenants
 */
public record IncidentParts(JsonObject summary, List<JsonObject> parts, int accounts, int tenants) {
  private static final int ITEMS_OF_PART = 200;
  private static final int SERVICES_MAX = 20;

  private static final class Account {
    private final Set<String> services = new TreeSet<>();
    private final Set<String> tokens = new LinkedHashSet<>();
    private final Set<String> accepted = new LinkedHashSet<>();
    private long first = Long.MAX_VALUE;
    private long last = Long.MIN_VALUE;
  }

  /** Of what {@code incident show --json} prints. */
  public static IncidentParts of(JsonObject incident) throws FormatException {
    Map<String, Map<String, Account>> byTenant = new TreeMap<>();
    for (JsonObject token : incident.objects("tokens")) {
      String name = token.string("digest") + " " + token.string("token");
      for (String tenant : token.strings("tenants")) {
        for (String subject : token.strings("subjects")) {
          Account one =
              byTenant
                  .computeIfAbsent(tenant, _ -> new TreeMap<>())
                  .computeIfAbsent(subject, _ -> new Account());
          one.tokens.add(name);
          if (token.number("accepted") > 0) {
            one.accepted.add(name);
          }
          one.services.addAll(token.strings("services"));
          one.first = Math.min(one.first, token.number("first_ms"));
          one.last = Math.max(one.last, token.number("last_ms"));
        }
      }
    }
    List<JsonObject> accounts = new ArrayList<>();
    byTenant.forEach(
        (tenant, subjects) ->
            subjects.forEach((subject, one) -> accounts.add(account(tenant, subject, one))));
    List<JsonObject> entities = new ArrayList<>();
    for (JsonObject one : incident.object("touched").objects("entities")) {
      entities.add(one.without("events"));
    }
    return new IncidentParts(
        summary(incident), parts(accounts, entities), accounts.size(), byTenant.size());
  }

  private static JsonObject account(String tenant, String subject, Account one) {
    return JsonObject.builder()
        .put("tenant", tenant)
        .put("subject", subject)
        .put("first_seen_at_ms", one.first)
        .put("last_seen_at_ms", one.last)
        .put("tokens", one.tokens.size())
        .put("accepted", one.accepted.size())
        .put("services", one.services.stream().limit(SERVICES_MAX).toList())
        .build();
  }

  private static JsonObject summary(JsonObject incident) throws FormatException {
    Set<String> keys = new TreeSet<>();
    for (JsonObject finding : incident.objects("timeline")) {
      finding.optionalString("kid").filter(kid -> !kid.isEmpty()).ifPresent(keys::add);
    }
    return JsonObject.builder()
        .put("id", Long.toString(incident.number("id")))
        .put("domain", incident.string("domain"))
        .put("severity", incident.string("severity"))
        .put("first_ms", incident.number("first_seen_ms"))
        .put("last_ms", incident.number("last_seen_ms"))
        .put("keys", List.copyOf(keys))
        .put("not_known", incident.strings("not_known"))
        .build();
  }

  private static List<JsonObject> parts(List<JsonObject> accounts, List<JsonObject> entities) {
    List<JsonObject> parts = new ArrayList<>();
    int most = Math.max(1, Math.max(accounts.size(), entities.size()));
    for (int from = 0; from < most; from += ITEMS_OF_PART) {
      parts.add(
          JsonObject.builder()
              .put("first", from == 0)
              .put("accounts", part(accounts, from))
              .put("entities", part(entities, from))
              .build());
    }
    return parts;
  }

  private static List<JsonObject> part(List<JsonObject> all, int from) {
    return all.subList(Math.min(from, all.size()), Math.min(from + ITEMS_OF_PART, all.size()));
  }
}
