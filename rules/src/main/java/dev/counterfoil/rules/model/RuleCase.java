package dev.counterfoil.rules.model;

import dev.counterfoil.format.bytes.JsonObject;
import java.util.List;

/**
 * A test of a rule: events that must make it match, or must not.
 *
 * @param line where it stands
 * @param name what it shows; may be empty
 * @param fires whether they must
 * @param events in their order
 */
public record RuleCase(int line, String name, boolean fires, List<JsonObject> events) {
  public RuleCase {
    events = List.copyOf(events);
  }
}
