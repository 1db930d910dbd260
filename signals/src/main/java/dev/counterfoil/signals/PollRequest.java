package dev.counterfoil.signals;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * What a receiver says when it fetches events (RFC 8936 2.4).
 *
 * @param max most events of the answer; empty for the transmitter's choice, 0 to acknowledge alone
 * @param returnsAtOnce whether it does not wait for events
 * @param acknowledged the {@code jti} of events that it has
 * @param faults why it cannot use others, by {@code jti}
 */
public record PollRequest(
    OptionalInt max, boolean returnsAtOnce, List<String> acknowledged, Map<String, String> faults) {
  private static final int BYTES_MAX = 32 * 1024;
  private static final int ACKNOWLEDGED_MAX = 400;
  private static final int TEXT_MAX = 256;

  public PollRequest {
    acknowledged = List.copyOf(acknowledged);
    faults = Map.copyOf(faults);
  }

  /** Reads one. */
  public static PollRequest parse(byte[] body) throws FormatException {
    JsonObject json = StrictJson.object(body, BYTES_MAX, 4 * ACKNOWLEDGED_MAX);
    long max = json.optionalNumber("maxEvents").orElse(-1L);
    if (json.has("maxEvents") && (max < 0 || max > Integer.MAX_VALUE)) {
      throw new FormatException("maxEvents is a number of events");
    }
    List<String> acknowledged = json.has("ack") ? json.strings("ack") : List.of();
    Map<String, String> faults = new LinkedHashMap<>();
    JsonObject errors = json.optionalObject("setErrs").orElse(JsonObject.builder().build());
    for (String jti : errors.names()) {
      JsonObject fault = errors.object(jti);
      String why =
          fault.string("err") + fault.optionalString("description").map(": "::concat).orElse("");
      faults.put(jti, why.length() > TEXT_MAX ? why.substring(0, TEXT_MAX) : why);
    }
    if (acknowledged.size() + faults.size() > ACKNOWLEDGED_MAX) {
      throw new FormatException(
          "ack and setErrs have at most " + ACKNOWLEDGED_MAX + " events together");
    }
    return new PollRequest(
        max < 0 ? OptionalInt.empty() : OptionalInt.of((int) max),
        json.has("returnImmediately") && json.truth("returnImmediately"),
        acknowledged,
        faults);
  }
}
