package dev.counterfoil.format;

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
 * against it: attributes, what is required, enumerations, types. What our extension adds is listed
 * here, as spec/audit-events.md has it.
 */
final class ReleasedOcsf {
  private static final int FILE_BYTES_MAX = 8 << 20;
  private static final Set<String> TEXTS =
      Set.of("string_t", "ip_t", "hostname_t", "username_t", "url_t", "email_t", "resource_uid_t");

  /** Attributes of the profile {@code counterfoil}, which any class may have. */
  private static final Set<String> PROFILE =
      Set.of("recorded_token", "signing_key", "event_source", "item_uids");

  private static final Map<Long, Integer> ACTIVITIES =
      Map.of(
          AuditEvent.TOKEN_ACTIVITY, 5, AuditEvent.KEY_ACTIVITY, 8, AuditEvent.SOURCE_ACTIVITY, 6);

  private final Map<String, JsonObject> files;
  private final JsonObject attributes;

  private ReleasedOcsf(Map<String, JsonObject> files) throws FormatException {
    this.files = files;
    this.attributes = file(files, "dictionary.json").object("attributes");
  }

  static ReleasedOcsf read() throws IOException, FormatException {
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
  List<String> faults(JsonObject event) throws FormatException {
    List<String> faults = new ArrayList<>();
    long classUid = event.number("class_uid");
    boolean ours = ACTIVITIES.containsKey(classUid);
    String name = ours ? "base_event" : className(classUid);
    Map<String, JsonObject> allowed = attributesOf(ours ? "events/base_event.json" : path(name));
    if (ours) {
      for (String more : List.of("actor", "src_endpoint", "session")) {
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
    check(event, allowed, name, "", faults);
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

  private Map<String, JsonObject> attributesOf(String file) throws FormatException {
    JsonObject definition = file(files, file);
    Map<String, JsonObject> found = new LinkedHashMap<>();
    if (definition.has("extends")) {
      String parent = definition.string("extends");
      found.putAll(
          attributesOf(file.startsWith("objects/") ? "objects/" + parent + ".json" : path(parent)));
    }
    JsonObject own = definition.object("attributes");
    if (own.has("$include")) {
      for (String profile : own.strings("$include")) {
        JsonObject included = file(files, profile).object("attributes");
        for (String name : included.names()) {
          // A profile's attributes are there only where the profile is used: none is required.
          found.put(name, included.object(name).with("requirement", "optional"));
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

  private void check(
      JsonObject value,
      Map<String, JsonObject> allowed,
      String of,
      String prefix,
      List<String> faults)
      throws FormatException {
    for (Map.Entry<String, JsonObject> attribute : allowed.entrySet()) {
      if (attribute.getValue().optionalString("requirement").orElse("optional").equals("required")
          && !value.has(attribute.getKey())) {
        faults.add(prefix + attribute.getKey() + " is missing");
      }
    }
    for (String name : value.names()) {
      if (prefix.isEmpty() && PROFILE.contains(name)) {
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
          faults);
    }
  }

  private void checkValue(
      Object value, JsonObject attribute, String name, String prefix, List<String> faults)
      throws FormatException {
    JsonObject definition = attributes.object(name);
    String type = definition.string("type");
    if (value instanceof List<?> list) {
      if (!(definition.get("is_array") instanceof Boolean array && array)) {
        faults.add(prefix + name + " is no array");
      }
      for (Object element : list) {
        checkOne(element, type, name, prefix, faults);
      }
    } else {
      checkOne(value, type, name, prefix, faults);
      JsonObject values =
          attribute.has("enum")
              ? attribute.object("enum")
              : definition.has("enum") ? definition.object("enum") : null;
      if (values != null && value instanceof Long && !values.has(String.valueOf(value))) {
        faults.add(prefix + name + " has no value " + value);
      }
    }
  }

  private void checkOne(Object value, String type, String name, String prefix, List<String> faults)
      throws FormatException {
    String object = "objects/" + type + ".json";
    if (files.containsKey(object) && !type.equals("object")) {
      if (value instanceof JsonObject inner) {
        check(inner, attributesOf(object), type, prefix + name + ".", faults);
      } else {
        faults.add(prefix + name + " is no " + type);
      }
    } else if (!isOf(value, type)) {
      faults.add(prefix + name + " is no " + type);
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
