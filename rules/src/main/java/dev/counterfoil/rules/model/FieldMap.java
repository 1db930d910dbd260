package dev.counterfoil.rules.model;

import dev.counterfoil.format.bytes.JsonObject;
import java.util.List;
import java.util.Map;

/**
 * Which kind of log an event is of, and what rules for that kind call its fields.
 *
 * @param sources looked at in their order; the first that fits an event counts
 * @param placeholders values for rules with modifier {@code expand}
 */
public record FieldMap(List<Source> sources, Map<String, List<String>> placeholders) {
  public FieldMap {
    sources = List.copyOf(sources);
    placeholders = Map.copyOf(placeholders);
  }

  /** Knows nothing: every event is of no kind, and fields are called as they are. */
  public static final FieldMap NONE = new FieldMap(List.of(), Map.of());

  /**
   * Events of one kind.
   *
   * @param when path of a member to the text that it must have, all of them
   * @param kind what they are then
   * @param fields name in rules to path in the event
   */
  public record Source(Map<String, String> when, SourceKind kind, Map<String, String> fields) {
    public Source {
      when = Map.copyOf(when);
      fields = Map.copyOf(fields);
    }

    private boolean fits(JsonObject event) {
      for (Map.Entry<String, String> one : when.entrySet()) {
        Object value = event;
        for (String name : one.getKey().split("\\.", -1)) {
          value = value instanceof JsonObject object ? object.get(name) : null;
        }
        if (value == null || !value.toString().equals(one.getValue())) {
          return false;
        }
      }
      return true;
    }
  }

  /** What kind of log an event is of. */
  public SourceKind kindOf(JsonObject event) {
    for (Source source : sources) {
      if (source.fits(event)) {
        return source.kind();
      }
    }
    return SourceKind.ANY;
  }

  /** The path of a field in events of a kind: its own name unless the map has another. */
  public String path(SourceKind kind, String field) {
    for (Source source : sources) {
      if (source.kind().equals(kind)) {
        String path = source.fields().get(field);
        if (path != null) {
          return path;
        }
      }
    }
    return field;
  }
}
