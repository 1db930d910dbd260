package dev.counterfoil.signals;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a transmitter answers to a poll (RFC 8936 2.3). Whether more wait there does not matter: it
 * is asked again at once.
 *
 * @param sets tokens by their {@code jti}, in the transmitter's order
 */
public record PolledEvents(Map<String, String> sets) {
  /** Most that are asked for. */
  public static final int EVENTS_MAX = 50;

  /** Longest answer that is read. */
  public static final int BYTES_MAX = 1024 * 1024;

  private static final int ID_MAX = 255;

  public PolledEvents {
    sets = Collections.unmodifiableMap(new LinkedHashMap<>(sets));
  }

  /** Reads one. What the tokens say is not looked at. */
  public static PolledEvents parse(byte[] body) throws FormatException {
    JsonObject json = StrictJson.object(body, BYTES_MAX);
    JsonObject given = json.optionalObject("sets").orElse(JsonObject.builder().build());
    if (given.names().size() > EVENTS_MAX) {
      throw new FormatException("sets has more than the " + EVENTS_MAX + " that were asked for");
    }
    Map<String, String> sets = new LinkedHashMap<>();
    for (String jti : given.names()) {
      if (jti.isEmpty() || jti.length() > ID_MAX) {
        throw new FormatException("a name in sets has 1 to " + ID_MAX + " characters");
      }
      sets.put(jti, given.string(jti));
    }
    return new PolledEvents(sets);
  }
}
