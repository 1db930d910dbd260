package dev.counterfoil.cli.incident;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;

/**
 * What others can look for after an incident, as STIX 2.1 (OASIS Standard, 10 June 2021): an
 * indicator with its sighting for each address that presented a token of the incident, each such
 * token and each key, and a report that names them. It names no person, mailbox or tenant.
 *
 * <p>Identifiers follow from the domain and what is indicated, so that a second export of the same
 * incident makes new versions of the same objects.
 */
final class StixBundle {
  /** Most tokens, addresses and keys that are told, each. */
  static final int EACH_MAX = 1_000;

  /** The marking that STIX defines for TLP:AMBER (section 7.2.1.4). */
  private static final String AMBER = "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82";

  /** Of identifiers of this program: a name-based UUID of RFC 9562, section 5.5, has one. */
  private static final byte[] NAMESPACE =
      HexFormat.of().parseHex("6f1d1c0e5b0a4d55a3c07a7e51f2c9d4");

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  private final String domain;
  private final long number;
  private final long begunMillis;
  private final long lastMillis;
  private final String identity;
  private final List<JsonObject> objects = new ArrayList<>();
  private final List<String> indicators = new ArrayList<>();

  /** What is looked for, and when and how often it was seen. */
  private record Seen(long first, long last, long count) {
    Seen and(Seen other) {
      return new Seen(
          Math.min(first, other.first), Math.max(last, other.last), count + other.count);
    }
  }

  private StixBundle(JsonObject incident) throws FormatException {
    domain = incident.string("domain");
    number = incident.number("id");
    begunMillis = incident.number("first_seen_ms");
    lastMillis = Math.max(begunMillis, incident.number("last_seen_ms"));
    identity = named("identity", domain);
  }

  /**
   * The bundle of an incident.
   *
   * @param incident what {@code incident show --json} prints
   * @throws FormatException if it is something else
   */
  static JsonObject of(JsonObject incident) throws FormatException {
    return new StixBundle(incident).make(incident);
  }

  private JsonObject make(JsonObject incident) throws FormatException {
    objects.add(
        object("identity", identity, 0, 0)
            .put("name", "Counterfoil of " + domain)
            .put("identity_class", "system")
            .build());
    Map<String, Seen> addresses = new TreeMap<>();
    Map<String, Seen> digests = new LinkedHashMap<>();
    for (JsonObject token : incident.objects("tokens")) {
      Seen seen =
          new Seen(
              token.number("first_ms"),
              token.number("last_ms"),
              token.number("accepted") + token.number("refused"));
      for (String address : token.strings("addresses")) {
        addresses.merge(address, seen, Seen::and);
      }
      if (!token.string("digest").isEmpty()) {
        digests.merge(Hash.parseBase64Url(token.string("digest")).hex(), seen, Seen::and);
      }
    }
    for (Map.Entry<String, Seen> address : first(addresses)) {
      address(address.getKey(), address.getValue());
    }
    for (Map.Entry<String, Seen> digest : first(digests)) {
      indicate(
          "Token " + digest.getKey().substring(0, 16),
          "SHA-256 of the signing input of a token of this incident.",
          "[artifact:hashes.'SHA-256' = '" + digest.getKey() + "']",
          digest.getValue());
    }
    for (String kid : kids(incident)) {
      indicate(
          "Key " + kid,
          "Tokens that name this key (kid) belong to this incident.",
          "[x-counterfoil-token:kid = '" + quoted(kid) + "']",
          new Seen(begunMillis, lastMillis, 1));
    }
    objects.add(report(incident));
    return JsonObject.builder()
        .put("type", "bundle")
        .put("id", id("bundle", Long.toString(lastMillis)))
        .put("objects", objects)
        .build();
  }

  private static List<Map.Entry<String, Seen>> first(Map<String, Seen> all) {
    return all.entrySet().stream().limit(EACH_MAX).toList();
  }

  private static List<String> kids(JsonObject incident) throws FormatException {
    TreeSet<String> kids = new TreeSet<>();
    for (JsonObject finding : incident.objects("timeline")) {
      finding.optionalString("kid").filter(kid -> !kid.isEmpty()).ifPresent(kids::add);
    }
    return kids.stream().limit(EACH_MAX).toList();
  }

  /** What a service reported as an address may be anything: only an address is told. */
  private void address(String text, Seen seen) {
    InetAddress address;
    try {
      address = InetAddress.ofLiteral(text);
    } catch (IllegalArgumentException e) {
      return;
    }
    String type = address instanceof Inet4Address ? "ipv4-addr" : "ipv6-addr";
    indicate(
        "Address " + address.getHostAddress(),
        "It presented a token of this incident. Honest people may share it.",
        "[" + type + ":value = '" + address.getHostAddress() + "']",
        seen);
  }

  private void indicate(String name, String description, String pattern, Seen seen) {
    String indicator = id("indicator", pattern);
    indicators.add(indicator);
    objects.add(
        object("indicator", indicator)
            .put("created_by_ref", identity)
            .put("name", name)
            .put("description", description)
            .put("indicator_types", List.of("anomalous-activity"))
            .put("pattern", pattern)
            .put("pattern_type", "stix")
            .put("valid_from", time(seen.first()))
            .build());
    String sighting = id("sighting", pattern);
    indicators.add(sighting);
    objects.add(
        object("sighting", sighting)
            .put("created_by_ref", identity)
            .put("sighting_of_ref", indicator)
            .put("where_sighted_refs", List.of(identity))
            .put("first_seen", time(seen.first()))
            .put("last_seen", time(seen.last()))
            // STIX bounds the number.
            .put("count", Math.min(seen.count(), 999_999_999))
            .build());
  }

  private JsonObject report(JsonObject incident) throws FormatException {
    List<String> named = new ArrayList<>(indicators);
    named.addFirst(identity);
    return object("report", id("report", ""))
        .put("created_by_ref", identity)
        .put("name", "Incident " + number + " of " + domain)
        .put("description", String.join(", ", incident.strings("kinds")))
        .put("report_types", List.of("indicator"))
        .put("published", time(lastMillis))
        .put("object_refs", named)
        .build();
  }

  private JsonObject.Builder object(String type, String id) {
    return object(type, id, begunMillis, lastMillis);
  }

  /** What every object has. */
  private static JsonObject.Builder object(
      String type, String id, long createdMillis, long modifiedMillis) {
    return JsonObject.builder()
        .put("type", type)
        .put("spec_version", "2.1")
        .put("id", id)
        .put("created", time(createdMillis))
        .put("modified", time(modifiedMillis))
        .put("object_marking_refs", List.of(AMBER));
  }

  private static String time(long millis) {
    return TIME.format(Instant.ofEpochMilli(millis));
  }

  /** In a string of a pattern (section 9.2). */
  private static String quoted(String text) {
    return text.replace("\\", "\\\\").replace("'", "\\'");
  }

  /** Of something of this incident: one object has one time of creation. */
  private String id(String type, String name) {
    return named(type, domain + "\n" + number + "\n" + name);
  }

  private static String named(String type, String name) {
    byte[] hash;
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-1");
      digest.update(NAMESPACE);
      hash = digest.digest((type + "\n" + name).getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-1", e);
    }
    ByteBuffer bits = ByteBuffer.wrap(hash);
    long first = (bits.getLong() & ~0xf000L) | 0x5000L;
    long second = (bits.getLong() & ~(3L << 62)) | (1L << 63);
    return type + "--" + new UUID(first, second);
  }
}
