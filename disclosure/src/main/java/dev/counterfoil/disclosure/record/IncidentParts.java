package dev.counterfoil.disclosure.record;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * An incident of the monitor as the disclosure process takes it: accounts and entities in parts,
 * for a request has at most 128 KiB. Pure.
 *
 * @param summary everything else
 * @param parts accounts and entities
 * @param accounts how many accounts are affected
 * @param tenants how many tenants are
 * @param namedOnly how many others tokens name that no service accepted
 */
public record IncidentParts(
    JsonObject summary, List<JsonObject> parts, int accounts, int tenants, long namedOnly) {
  /** Below a request's 128 KiB, with room for what is around. */
  private static final int BYTES_OF_PART = 64 * 1024;

  /** Of so many accounts the tokens are named. */
  private static final int NAMING_MAX = 1000;

  /** Of what {@code incident show --json} prints. */
  public static IncidentParts of(JsonObject incident) throws FormatException {
    JsonObject touched = incident.object("touched");
    List<JsonObject> all = touched.objects("accounts");
    // A notice with all tokens of that many accounts would be too long.
    List<JsonObject> accounts =
        all.size() <= NAMING_MAX
            ? all
            : all.stream().map(one -> one.without("token_names")).toList();
    List<JsonObject> entities = new ArrayList<>();
    for (JsonObject one : touched.objects("entities")) {
      entities.add(one.without("events"));
    }
    Set<String> tenants = new TreeSet<>();
    for (JsonObject one : Stream.concat(accounts.stream(), entities.stream()).toList()) {
      tenants.add(one.string("tenant"));
    }
    return new IncidentParts(
        summary(incident, accounts),
        parts(accounts, entities),
        accounts.size(),
        tenants.size(),
        touched.number("named_only"));
  }

  private static JsonObject summary(JsonObject incident, List<JsonObject> accounts)
      throws FormatException {
    Set<String> others = new TreeSet<>(incident.object("touched").strings("subjects"));
    for (JsonObject one : accounts) {
      others.remove(one.string("subject"));
    }
    List<String> unknown = new ArrayList<>(incident.strings("not_known"));
    if (!others.isEmpty()) {
      unknown.add(
          "%d more people or clients are touched whom no accepted token names with a tenant."
              .formatted(others.size()));
    }
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
        .put("not_known", List.copyOf(unknown))
        .put("named_only", incident.object("touched").number("named_only"))
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
