package dev.counterfoil.disclosure.advisories;

import dev.counterfoil.disclosure.validation.Fault;
import dev.counterfoil.format.bytes.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An object at its place in a document that follows the schema: what is missing is empty, and types
 * are as the schema says.
 *
 * @param at a JSON pointer (RFC 6901)
 */
record CsafMembers(String at, JsonObject object) {
  Optional<String> text(String name) {
    return object.get(name) instanceof String text ? Optional.of(text) : Optional.empty();
  }

  CsafMembers inner(String name) {
    return new CsafMembers(
        at + "/" + name,
        object.get(name) instanceof JsonObject inner ? inner : JsonObject.builder().build());
  }

  List<CsafMembers> objects(String name) {
    List<CsafMembers> found = new ArrayList<>();
    if (object.get(name) instanceof List<?> list) {
      for (int i = 0; i < list.size(); i++) {
        if (list.get(i) instanceof JsonObject element) {
          found.add(new CsafMembers(at + "/" + name + "/" + i, element));
        }
      }
    }
    return found;
  }

  List<String> texts(String name) {
    return object.get(name) instanceof List<?> list
        ? list.stream().filter(String.class::isInstance).map(String.class::cast).toList()
        : List.of();
  }

  boolean has(String name) {
    return object.has(name);
  }

  Fault fault(String rule, String message) {
    return new Fault(rule, at, message);
  }

  Fault fault(String rule, String name, String message) {
    return new Fault(rule, at + "/" + name, message);
  }
}
