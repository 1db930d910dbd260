package dev.counterfoil.process;

import dev.counterfoil.format.bytes.JsonObject;
import java.util.List;

/** Numbers that not everybody writes the same way (RFC 8785 3.2.2.3), or that JSON cannot write. */
public final class Fractions {
  private Fractions() {}

  /** Whether a JSON value has one. */
  public static boolean in(Object value) {
    if (value instanceof JsonObject object) {
      for (String name : object.names()) {
        Object member = object.get(name);
        if (member != null && in(member)) {
          return true;
        }
      }
      return false;
    }
    if (value instanceof List<?> list) {
      return list.stream().anyMatch(Fractions::in);
    }
    return value instanceof Double;
  }
}
