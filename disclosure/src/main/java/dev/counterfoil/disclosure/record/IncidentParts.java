package dev.counterfoil.disclosure.record;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

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
  /** Below a request's 128 KiB, with room for what is around. */
  private static final int BYTES_OF_PART = 64 * 1024;

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
      for (JsonObject account : token.objects("accounts")) {
        Account one =
            byTenant
                .computeIfAbsent(account.string("tenant"), _ -> new TreeMap<>())
                .computeIfAbsent(account.string("subject"), _ -> new Account());
        one.tokens.add(name);
        if (token.number("accepted") > 0) {
          one.accepted.add(name);
        }
        one.services.addAll(token.strings("services"));
        one.first = Math.min(one.first, token.number("first_ms"));
        one.last = Math.max(one.last, token.number("last_ms"));
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

  /** Names in tokens are a thief's: long ones make more parts, and none that is refused. */
  private static List<JsonObject> parts(List<JsonObject> accounts, List<JsonObject> entities) {
    List<JsonObject> parts = new ArrayList<>();
    List<JsonObject> people = new ArrayList<>();
    List<JsonObject> opened = new ArrayList<>();
    int bytes = 0;
    for (JsonObject one : Stream.concat(accounts.stream(), entities.stream()).toList()) {
      int length = one.toString().getBytes(StandardCharsets.UTF_8).length + 1;
      if (bytes + length > BYTES_OF_PART) {
        parts.add(part(parts.isEmpty(), people, opened));
        people.clear();
        opened.clear();
        bytes = 0;
      }
      (one.has("subject") ? people : opened).add(one);
      bytes += length;
    }
    if (parts.isEmpty() || bytes > 0) {
      parts.add(part(parts.isEmpty(), people, opened));
    }
    return parts;
  }

  private static JsonObject part(
      boolean isFirst, List<JsonObject> accounts, List<JsonObject> entities) {
    return JsonObject.builder()
        .put("first", isFirst)
        .put("accounts", List.copyOf(accounts))
        .put("entities", List.copyOf(entities))
        .build();
  }
}
