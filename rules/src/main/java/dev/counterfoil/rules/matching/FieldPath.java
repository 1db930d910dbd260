package dev.counterfoil.rules.matching;

import dev.counterfoil.format.bytes.JsonObject;
import java.util.List;

/** A way through objects and arrays of an event, such as {@code actor.user.uid}. */
final class FieldPath {
  private final String[] heads;

  /** What is left of the path, for members whose own name has dots. */
  private final String[] tails;

  FieldPath(String path) {
    heads = path.split("\\.", -1);
    tails = new String[heads.length];
    int from = 0;
    for (int i = 0; i < heads.length; i++) {
      tails[i] = path.substring(from);
      from += heads[i].length() + 1;
    }
  }

  /**
   * Adds the values that are no objects, and no nulls.
   *
   * @return whether the field stands there
   */
  boolean collect(Object node, int at, List<Object> into) {
    if (node instanceof List<?> list) {
      boolean isThere = at == heads.length;
      for (Object element : list) {
        isThere |= collect(element, at, into);
      }
      return isThere;
    }
    if (at == heads.length) {
      if (!(node instanceof JsonObject) && node != JsonObject.Null.NULL) {
        into.add(node);
      }
      return true;
    }
    if (!(node instanceof JsonObject object)) {
      return false;
    }
    Object whole = object.get(tails[at]);
    if (whole != null) {
      return collect(whole, heads.length, into);
    }
    Object next = at == heads.length - 1 ? null : object.get(heads[at]);
    return next != null && collect(next, at + 1, into);
  }
}
