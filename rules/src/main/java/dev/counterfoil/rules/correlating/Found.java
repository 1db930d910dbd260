package dev.counterfoil.rules.correlating;

import dev.counterfoil.format.bytes.JsonObject;
import java.util.List;

/**
 * A correlation that holds.
 *
 * @param timeMillis when it was complete, in the events' time
 * @param key values of the fields to group by
 * @param ids the newest of its events
 * @param count how many events there were
 * @param event the last one
 */
public record Found(
    long timeMillis, List<String> key, List<String> ids, long count, JsonObject event) {
  public Found {
    key = List.copyOf(key);
    ids = List.copyOf(ids);
  }
}
