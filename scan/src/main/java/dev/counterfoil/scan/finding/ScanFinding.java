package dev.counterfoil.scan.finding;

import dev.counterfoil.format.bytes.JsonObject;
import java.util.List;
import java.util.Optional;

/**
 * A private key, or a part that is as good as one. It says what and where, and never repeats a byte
 * of it.
 *
 * @param what was found, such as {@code pkcs8} or {@code es256-scalar}; docs/operate/scan.md lists
 *     them
 * @param kid the key, where it is one of ours
 * @param layout order of the bytes of a number of ours
 * @param encodings what the key was written in, the outermost first, such as {@code base64}
 * @param place file, and path in archives
 * @param offset of the key in the place, in bytes; in text that was decoded, of its characters
 */
public record ScanFinding(
    String what,
    Optional<String> kid,
    Optional<Layout> layout,
    List<String> encodings,
    ScanPlace place,
    long offset) {
  public ScanFinding {
    encodings = List.copyOf(encodings);
  }

  /** Whether it is a key of ours. */
  public boolean isOurs() {
    return kid.isPresent();
  }

  /** As JSON. */
  public JsonObject json() {
    JsonObject.Builder json =
        JsonObject.builder().put("what", what).put("kid", kid.orElse(null)).put("ours", isOurs());
    layout.ifPresent(order -> json.put("layout", order.text()));
    return json.put("encodings", encodings)
        .put("path", place.file())
        .put("inside", place.inside())
        .put("offset", offset)
        .build();
  }

  /** As a line for people. */
  @Override
  public String toString() {
    return place
        + " at "
        + offset
        + ": "
        + what
        + layout.map(order -> ", " + order.text()).orElse("")
        + (encodings.isEmpty() ? "" : ", in " + String.join(" in ", encodings.reversed()))
        + kid.map(id -> ", OURS: " + id).orElse("");
  }
}
