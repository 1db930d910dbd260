package dev.counterfoil.configuration;

import java.lang.reflect.Type;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The table of keys that the documentation shows. */
final class KeyTable {
  private final StringBuilder rows = new StringBuilder();

  private KeyTable() {}

  /** A Markdown table of a record's keys, ending in a newline. */
  static String of(Class<?> type) {
    KeyTable table = new KeyTable();
    table.rows.append("| key | type | default | meaning |\n| --- | --- | --- | --- |\n");
    table.add(type, "");
    return table.rows.toString();
  }

  private void add(Class<?> type, String path) {
    for (RecordKey key : RecordKey.of(type)) {
      Type inner = key.type();
      String name = path + key.name();
      String form = "";
      boolean mayBeMissing = false;
      for (Class<?> raw = RecordKey.rawClass(inner);
          raw == Optional.class || raw == List.class || raw == Map.class;
          raw = RecordKey.rawClass(inner)) {
        mayBeMissing = true;
        if (raw == List.class) {
          name += "[]";
          form += "list of ";
        } else if (raw == Map.class) {
          name += ".<name>";
          form += "by name: ";
        }
        inner = RecordKey.held(inner);
      }
      Class<?> raw = RecordKey.rawClass(inner);
      Optional<ScalarType> scalar = ScalarType.of(raw);
      String bounds = key.bounds().map(b -> ", " + b.min() + " to " + b.max()).orElse("");
      String standard =
          key.standard().map(text -> "`" + text + "`").orElse(mayBeMissing ? "none" : "required");
      if (scalar.isPresent()) {
        row(name, form + scalar.get().name() + bounds, standard, key.meaning());
      } else {
        row(name, form + "block", mayBeMissing ? "none" : "see its keys", key.meaning());
        add(raw, name + ".");
      }
    }
  }

  private void row(String name, String type, String standard, String meaning) {
    rows.append("| `")
        .append(name)
        .append("` | ")
        .append(type)
        .append(" | ")
        .append(standard)
        .append(" | ")
        .append(meaning)
        .append(" |\n");
  }
}
