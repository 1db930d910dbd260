package dev.counterfoil.disclosure.advisories;

import dev.counterfoil.format.bytes.JsonObject;
import java.util.List;
import java.util.Objects;

/**
 * Writes JSON for people and for hashes: members sorted, two spaces a level, one line feed at the
 * end. {@link JsonObject#canonical} has no fractions, which scores need.
 */
final class SortedJson {
  private final StringBuilder out = new StringBuilder(4_096);

  private SortedJson() {}

  static String of(JsonObject object) {
    SortedJson writer = new SortedJson();
    writer.value(object, "\n");
    return writer.out.append('\n').toString();
  }

  private void value(Object value, String newLine) {
    switch (value) {
      case JsonObject object -> object(object, newLine);
      case List<?> list -> list(list, newLine);
      case String text -> JsonObject.quote(out, text);
      case JsonObject.Null _ -> out.append("null");
      default -> out.append(value);
    }
  }

  private void object(JsonObject object, String newLine) {
    String inner = newLine + "  ";
    out.append('{');
    String separator = inner;
    for (String name : object.sortedNames()) {
      out.append(separator);
      object.writeName(out, name);
      out.append(' ');
      value(Objects.requireNonNull(object.get(name)), inner);
      separator = "," + inner;
    }
    out.append(object.names().isEmpty() ? "" : newLine).append('}');
  }

  private void list(List<?> list, String newLine) {
    String inner = newLine + "  ";
    out.append('[');
    String separator = inner;
    for (Object element : list) {
      out.append(separator);
      value(element, inner);
      separator = "," + inner;
    }
    out.append(list.isEmpty() ? "" : newLine).append(']');
  }
}
