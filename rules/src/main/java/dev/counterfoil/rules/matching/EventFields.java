package dev.counterfoil.rules.matching;

import dev.counterfoil.format.bytes.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An event's fields as rules ask for them; each is looked up once. For one thread. */
final class EventFields {
  private final JsonObject event;
  private final List<FieldPath> paths;
  private final @Nullable FieldValues[] known;
  private @Nullable List<String> folded;
  private @Nullable List<String> texts;

  EventFields(JsonObject event, List<FieldPath> paths) {
    this.event = event;
    this.paths = paths;
    this.known = new FieldValues[paths.size()];
  }

  FieldValues get(int slot) {
    FieldValues values = known[slot];
    if (values == null) {
      values = FieldValues.of(event, paths.get(slot));
      known[slot] = values;
    }
    return values;
  }

  /** Every value of the event as text, wherever it stands. */
  List<String> texts() {
    List<String> all = texts;
    if (all == null) {
      all = new ArrayList<>();
      collect(event, all);
      texts = all;
    }
    return all;
  }

  List<String> folded() {
    List<String> all = folded;
    if (all == null) {
      all = texts().stream().map(Folding::fold).toList();
      folded = all;
    }
    return all;
  }

  private static void collect(Object node, List<String> into) {
    if (node instanceof JsonObject object) {
      object.values().forEach(value -> collect(value, into));
    } else if (node instanceof List<?> list) {
      list.forEach(element -> collect(element, into));
    } else if (node != JsonObject.Null.NULL) {
      into.add(FieldValues.text(node));
    }
  }
}
