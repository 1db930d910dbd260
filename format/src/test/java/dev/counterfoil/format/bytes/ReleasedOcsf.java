package dev.counterfoil.format.bytes;

import dev.counterfoil.format.audit.AuditEvent;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/**
 * OCSF 1.8.0 as released (github.com/ocsf/ocsf-schema, Apache-2.0), as far as an event can be held
 * against it: attributes, also those of the profiles that an event names, what is required,
 * constraints, enumerations, types and their patterns. What our extension adds is listed here, as
 * spec/audit-events.md has it.
 */
public final class ReleasedOcsf {
  private static final int FILE_BYTES_MAX = 8 << 20;
  private static final Set<String> TEXTS =
      Set.of("string_t", "ip_t", "hostname_t", "username_t", "url_t", "email_t", "resource_uid_t");

  private static final String PROFILE = "counterfoil";

  /** Attributes of our profile, which any class may have, and what the objects among them have. */
  private static final Map<String, Set<String>> OF_PROFILE =
      Map.of(
          "recorded_token",
          Set.of(
              "uid",
              "issuer",
              "key_uid",
              "client_uid",
              "digest",
              "log",
              "position",
              "audience",
              "group",
              "expiration_time"),
          "signing_key",
          Set.of("uid", "key_scope"),
          "event_source",
          Set.of(
              "uid",
              "name",
              "first_sequence",
              "last_sequence",
              "heartbeat_seconds",
              "last_time",
              "lost"),
          "ground",
          Set.of("name", "reference"),
          "deleted_positions",
          Set.of("first", "last"),
          "forgotten",
          Set.of("pseudonym"),
          "item_uids",
          Set.of());

  private static final Map<Long, Integer> ACTIVITIES =
      Map.of(
          AuditEvent.TOKEN_ACTIVITY, 5, AuditEvent.KEY_ACTIVITY, 8, AuditEvent.SOURCE_ACTIVITY, 6);

  private final Map<String, JsonObject> files;
  private final JsonObject attributes;
  private final JsonObject types;

  private ReleasedOcsf(Map<String, JsonObject> files) throws FormatException {
    this.files = files;
    this.attributes = file(files, "dictionary.json").object("attributes");
    this.types = file(files, "dictionary.json").object("types").object("attributes");
  }

  /** Reads it from the release that lies beside the tests. */
  public static ReleasedOcsf read() throws IOException, FormatException {
    Map<String, JsonObject> files = new HashMap<>();
    try (InputStream in =
            Objects.requireNonNull(ReleasedOcsf.class.getResourceAsStream("/ocsf-1.8.0.zip"));
        ZipInputStream zip = new ZipInputStream(in)) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        if (entry.getName().endsWith(".json")) {
          files.put(entry.getName(), StrictJson.object(zip.readAllBytes(), FILE_BYTES_MAX));
        }
      }
    }
    return new ReleasedOcsf(files);
  }

  /** What is wrong with an event; empty when nothing is. */
  public List<String> faults(JsonObject event) throws FormatException {
    List<String> faults = new ArrayList<>();
    long classUid = event.number("class_uid");
    boolean ours = ACTIVITIES.containsKey(classUid);
    String name = ours ? "base_event" : className(classUid);
    JsonObject metadata = event.object("metadata");
    Set<String> profiles =
        metadata.has("profiles") ? Set.copyOf(metadata.strings("profiles")) : Set.of();
    String file = ours ? "events/base_event.json" : path(name);
    Map<String, JsonObject> allowed = attributesOf(file, profiles);
    if (ours) {
      for (String more : List.of("actor", "src_endpoint", "session", "resources")) {
        allowed.put(more, JsonObject.builder().build());
      }
      JsonObject values = JsonObject.builder().build();
      for (int activity = 1; activity <= ACTIVITIES.getOrDefault(classUid, 0); activity++) {
        values = values.with(String.valueOf(activity), JsonObject.builder().build());
      }
      allowed.put("activity_id", JsonObject.builder().put("enum", values).build());
    }
    // The enumerations of the base event are those of its own class.
    for (String own : List.of("class_uid", "category_uid")) {
      allowed.computeIfPresent(own, (key, attribute) -> attribute.without("enum"));
    }
    check(event, allowed, file, "", profiles, faults);
    return faults;
  }

  private static JsonObject file(Map<String, JsonObject> files, String name) {
    return Objects.requireNonNull(files.get(name), name);
  }

  private String className(long classUid) throws FormatException {
    for (Map.Entry<String, JsonObject> file : new TreeMap<>(files).entrySet()) {
      if (file.getKey().startsWith("events/")
          && file.getValue().optionalNumber("uid").orElse(-1L) == classUid % 1000
          && categoryOf(file.getValue()).equals(classUid / 1000)) {
        return file.getValue().string("name");
      }
    }
    throw new FormatException("OCSF has no class " + classUid);
  }

  private Long categoryOf(JsonObject event) throws FormatException {
    JsonObject at = event;
    while (!at.has("category")) {
      at = file(files, path(at.string("extends")));
    }
    JsonObject categories = file(files, "categories.json").object("attributes");
    String category = at.string("category");
    return categories.has(category) ? categories.object(category).number("uid") : 0L;
  }

  private String path(String event) {
    return files.keySet().stream()
        .filter(name -> name.startsWith("events/") && name.endsWith("/" + event + ".json"))
        .findFirst()
        .orElseThrow();
  }

  private String parent(String file, JsonObject definition) throws FormatException {
    String parent = definition.string("extends");
    return file.startsWith("objects/")
        ? "objects/" + parent + ".json"
        : parent.equals("base_event") ? "events/base_event.json" : path(parent);
  }

  private Map<String, JsonObject> attributesOf(String file, Set<String> profiles)
      throws FormatException {
    JsonObject definition = file(files, file);
    Map<String, JsonObject> found = new LinkedHashMap<>();
    if (definition.has("extends")) {
      found.putAll(attributesOf(parent(file, definition), profiles));
    }
    JsonObject own = definition.object("attributes");
    if (own.has("$include")) {
      for (String name : own.strings("$include")) {
        JsonObject profile = file(files, name);
        if (profiles.contains(profile.string("name"))) {
          JsonObject included = profile.object("attributes");
          for (String attribute : included.names()) {
            found.put(attribute, included.object(attribute));
          }
        }
      }
    }
    for (String name : own.names()) {
      if (!name.equals("$include")) {
        JsonObject merged = own.object(name);
        JsonObject before = found.get(name);
        if (before != null) {
          JsonObject.Builder both = JsonObject.builder();
          JsonObject values = JsonObject.builder().build();
          for (JsonObject one : List.of(before, merged)) {
            if (one.has("enum")) {
              for (String value : one.object("enum").names()) {
                values = values.with(value, one.object("enum").object(value));
              }
            }
          }
          both.put(
              "requirement",
              merged
                  .optionalString("requirement")
                  .orElse(before.optionalString("requirement").orElse("optional")));
          if (!values.names().isEmpty()) {
            both.put("enum", values);
          }
          merged = both.build();
        }
        found.put(name, merged);
      }
    }
    return found;
  }

  /** One of these at least, or just one, as the definition or one that it extends has it. */
  private void checkConstraints(JsonObject value, String file, String prefix, List<String> faults)
      throws FormatException {
    JsonObject definition = file(files, file);
    while (!definition.has("constraints") && definition.has("extends")) {
      file = parent(file, definition);
      definition = file(files, file);
    }
    if (!definition.has("constraints")) {
      return;
    }
    JsonObject constraints = definition.object("constraints");
    for (String constraint : constraints.names()) {
      long present = constraints.strings(constraint).stream().filter(value::has).count();
      boolean isHeld =
          switch (constraint) {
            case "at_least_one" -> present >= 1;
            case "just_one" -> present == 1;
            default ->
                throw new IllegalStateException("the check does not know constraint " + constraint);
          };
      if (!isHeld) {
        faults.add(
            (prefix.isEmpty() ? "the event" : prefix.substring(0, prefix.length() - 1))
                + " has not "
                + constraint
                + " of "
                + constraints.strings(constraint));
      }
    }
  }

  private static void checkOwn(
      Object value, Set<String> members, String name, List<String> faults) {
    if (value instanceof JsonObject object) {
      object.names().stream()
          .filter(member -> !members.contains(member))
          .forEach(member -> faults.add(name + "." + member + " is not of the extension"));
    } else if (!members.isEmpty()) {
      faults.add(name + " is no object");
    }
  }

  private void check(
      JsonObject value,
      Map<String, JsonObject> allowed,
      String file,
      String prefix,
      Set<String> profiles,
      List<String> faults)
      throws FormatException {
    String of = file(files, file).string("name");
    checkConstraints(value, file, prefix, faults);
    for (Map.Entry<String, JsonObject> attribute : allowed.entrySet()) {
      if (attribute.getValue().optionalString("requirement").orElse("optional").equals("required")
          && !value.has(attribute.getKey())) {
        faults.add(prefix + attribute.getKey() + " is missing");
      }
    }
    for (String name : value.names()) {
      Set<String> ownMembers = prefix.isEmpty() ? OF_PROFILE.get(name) : null;
      if (ownMembers != null) {
        if (!profiles.contains(PROFILE)) {
          faults.add(name + " without profile " + PROFILE);
        }
        checkOwn(Objects.requireNonNull(value.get(name)), ownMembers, name, faults);
        continue;
      }
      if (!allowed.containsKey(name)) {
        faults.add(prefix + name + " is no attribute of " + of);
        continue;
      }
      checkValue(
          Objects.requireNonNull(value.get(name)),
          Objects.requireNonNull(allowed.get(name)),
          name,
          prefix,
          profiles,
          faults);
    }
  }

  private void checkValue(
      Object value,
      JsonObject attribute,
      String name,
      String prefix,
      Set<String> profiles,
      List<String> faults)
      throws FormatException {
    JsonObject definition = attributes.object(name);
    String type = definition.string("type");
    if (value instanceof List<?> list) {
      if (!(definition.get("is_array") instanceof Boolean array && array)) {
        faults.add(prefix + name + " is no array");
      }
      for (Object element : list) {
        checkOne(element, type, name, prefix, profiles, faults);
      }
    } else {
      checkOne(value, type, name, prefix, profiles, faults);
      // What a class says of an enumeration is added to the dictionary's.
      List<JsonObject> enumerations = new ArrayList<>();
      for (JsonObject one : List.of(attribute, definition)) {
        if (one.has("enum")) {
          enumerations.add(one.object("enum"));
        }
      }
      if (!enumerations.isEmpty()
          && value instanceof Long
          && enumerations.stream().noneMatch(one -> one.has(String.valueOf(value)))) {
        faults.add(prefix + name + " has no value " + value);
      }
    }
  }

  private void checkOne(
      Object value,
      String type,
      String name,
      String prefix,
      Set<String> profiles,
      List<String> faults)
      throws FormatException {
    String object = "objects/" + type + ".json";
    if (files.containsKey(object) && !type.equals("object")) {
      if (value instanceof JsonObject inner) {
        check(inner, attributesOf(object, profiles), object, prefix + name + ".", profiles, faults);
      } else {
        faults.add(prefix + name + " is no " + type);
      }
    } else if (!isOf(value, type)) {
      faults.add(prefix + name + " is no " + type);
    } else if (value instanceof String text && types.has(type)) {
      JsonObject definition = types.object(type);
      if (definition.has("regex") && !text.matches(definition.string("regex"))) {
        faults.add(prefix + name + " is no " + type);
      }
    }
  }

  private static boolean isOf(Object value, String type) {
    if (TEXTS.contains(type)) {
      return value instanceof String;
    }
    return switch (type) {
      case "integer_t", "long_t", "timestamp_t", "port_t" -> value instanceof Long;
      case "boolean_t" -> value instanceof Boolean;
      case "object", "json_t" -> true;
      default -> throw new IllegalStateException("the check does not know type " + type);
    };
  }
}
