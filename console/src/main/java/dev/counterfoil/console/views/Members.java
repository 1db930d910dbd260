package dev.counterfoil.console.views;

import dev.counterfoil.format.bytes.JsonObject;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What answers say, where a member may be missing: a page shows what there is. */
final class Members {
  private Members() {}

  /** A text or a number below these names; empty where there is none. */
  static String text(JsonObject json, String... names) {
    return switch (value(json, names)) {
      case String text -> text;
      case Long number -> number.toString();
      case Boolean truth -> truth.toString();
      case null, default -> "";
    };
  }

  /** A number; 0 where there is none. */
  static long number(JsonObject json, String... names) {
    return value(json, names) instanceof Long number ? number : 0;
  }

  static boolean truth(JsonObject json, String... names) {
    return Boolean.TRUE.equals(value(json, names));
  }

  /** Objects of a list. */
  static List<JsonObject> objects(JsonObject json, String... names) {
    return value(json, names) instanceof List<?> list
        ? list.stream().filter(JsonObject.class::isInstance).map(JsonObject.class::cast).toList()
        : List.of();
  }

  /** Texts of a list. */
  static List<String> texts(JsonObject json, String... names) {
    return value(json, names) instanceof List<?> list
        ? list.stream().map(String::valueOf).toList()
        : List.of();
  }

  private static @Nullable Object value(JsonObject json, String... names) {
    Object at = json;
    for (String name : names) {
      at = at instanceof JsonObject object ? object.get(name) : null;
    }
    return at;
  }

  /** Every text and number below, by its path with dots. */
  static void flatten(String prefix, JsonObject json, Map<String, String> into) {
    for (String name : json.names()) {
      String path = prefix.isEmpty() ? name : prefix + "." + name;
      switch (json.get(name)) {
        case JsonObject below -> flatten(path, below, into);
        case List<?> list -> into.put(path, String.join(", ", texts(json, name)));
        case null -> {
          // What is not known is not shown.
        }
        default -> into.put(path, text(json, name));
      }
    }
  }
}
