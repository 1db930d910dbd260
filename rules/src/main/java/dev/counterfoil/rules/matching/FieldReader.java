package dev.counterfoil.rules.matching;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.rules.model.FieldMap;
import dev.counterfoil.rules.model.SourceKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the fields of an event that a correlation names.
 *
 * @param fields what rules call the fields of each kind of log
 * @param kind the event's kind
 * @param aliases the correlation's: alias to rule to field
 * @param rule what the correlation calls the rule that matched
 * @param event the event
 */
public record FieldReader(
    FieldMap fields,
    SourceKind kind,
    Map<String, Map<String, String>> aliases,
    String rule,
    JsonObject event) {
  /**
   * One value of the counted fields.
   *
   * @param texts each field's; empty where one has none
   * @param number of the only field; NaN where it is no number
   */
  public record Value(List<String> texts, double number) {}

  private FieldValues read(String name) {
    Map<String, String> alias = aliases.get(name);
    String field = alias == null ? name : alias.get(rule);
    if (field == null || (event.has(name) && alias != null)) {
      // What a correlation found carries its aliases with it.
      field = name;
    }
    return FieldValues.of(event, new FieldPath(fields.path(kind, field)));
  }

  /** The first value of each field; null where one has none. */
  public @Nullable List<String> all(List<String> names) {
    List<String> values = new ArrayList<>(names.size());
    for (String name : names) {
      FieldValues one = read(name);
      if (one.size() == 0) {
        return null;
      }
      values.add(one.text(0));
    }
    return values;
  }

  /** The values to count: one where there is no field, and each where an array has several. */
  public List<Value> values(List<String> names) {
    if (names.isEmpty()) {
      return List.of(new Value(List.of(), Double.NaN));
    }
    if (names.size() > 1) {
      List<String> all = all(names);
      return List.of(new Value(all == null ? List.of() : all, Double.NaN));
    }
    FieldValues its = read(names.getFirst());
    List<Value> values = new ArrayList<>();
    for (int i = 0; i < its.size(); i++) {
      values.add(new Value(List.of(its.text(i)), Checks.number(its.value(i)).orElse(Double.NaN)));
    }
    return values;
  }
}
