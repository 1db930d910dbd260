package dev.counterfoil.scan.finding;

import dev.counterfoil.format.bytes.JsonObject;

/**
 * Something that was not looked into, or not to its end, so that nothing can be said of it.
 *
 * @param place what
 * @param why as words
 */
public record Unopened(ScanPlace place, String why) {
  /** As JSON. */
  public JsonObject json() {
    return JsonObject.builder()
        .put("path", place.file())
        .put("inside", place.inside())
        .put("why", why)
        .build();
  }

  @Override
  public String toString() {
    return place + ": " + why;
  }
}
