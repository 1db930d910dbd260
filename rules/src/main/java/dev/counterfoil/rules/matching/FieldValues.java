package dev.counterfoil.rules.matching;

import dev.counterfoil.format.bytes.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The values of one field of one event: several where an array stands on its path. */
final class FieldValues {
  static final FieldValues ABSENT = new FieldValues(List.of(), false);

  private final List<Object> values;
  private final boolean isThere;
  private final String[] texts;
  private final @Nullable String[] folded;

  private FieldValues(List<Object> values, boolean isThere) {
    this.values = values;
    this.isThere = isThere;
    this.texts = new String[values.size()];
    this.folded = new String[values.size()];
    for (int i = 0; i < texts.length; i++) {
      texts[i] = text(values.get(i));
    }
  }

  /** The values at a path. */
  static FieldValues of(JsonObject event, FieldPath path) {
    List<Object> found = new ArrayList<>(1);
    boolean isThere = path.collect(event, 0, found);
    return isThere ? new FieldValues(found, true) : ABSENT;
  }

  static String text(Object value) {
    if (value instanceof Double number && number == Math.rint(number) && Math.abs(number) < 1e15) {
      return Long.toString(number.longValue());
    }
    return value.toString();
  }

  /** Whether the field stands in the event, whatever its value. */
  boolean isThere() {
    return isThere;
  }

  /** Whether it has no value: it is null or empty of values, or does not stand there. */
  boolean isMissing() {
    return values.isEmpty();
  }

  int size() {
    return texts.length;
  }

  Object value(int i) {
    return values.get(i);
  }

  String text(int i) {
    return texts[i];
  }

  String folded(int i) {
    String known = folded[i];
    if (known == null) {
      known = Folding.fold(texts[i]);
      folded[i] = known;
    }
    return known;
  }
}
