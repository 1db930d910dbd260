package dev.counterfoil.audit.store;

import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.event.Kept;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How many of the log's first events are whose, by {@link Fence#name}, and when the last of them
 * was taken in. Belongs to one thread.
 */
final class Tally {
  private final TreeMap<String, Long> counts = new TreeMap<>();
  private long size;

  /** The latest time at which one of them was taken in: a clock that goes back takes none back. */
  private long atMillis;

  /** Counts the next event. */
  void add(Kept one) {
    counts.merge(one.fence().name(), 1L, Long::sum);
    size++;
    atMillis = Math.max(atMillis, one.takenMillis());
  }

  /** Takes back the last event that was counted; what the time was before is not known. */
  void takeBack(Kept one) {
    counts.compute(
        one.fence().name(), (name, count) -> count == null || count == 1 ? null : count - 1);
    size--;
  }

  /** How many events are counted: the first so many of the log. */
  long size() {
    return size;
  }

  long atMillis() {
    return atMillis;
  }

  /** By name. */
  Map<String, Long> counts() {
    return counts;
  }

  Tally copy() {
    Tally copy = new Tally();
    copy.counts.putAll(counts);
    copy.size = size;
    copy.atMillis = atMillis;
    return copy;
  }

  JsonObject toJson() {
    List<JsonObject> list = new ArrayList<>();
    counts.forEach(
        (name, count) ->
            list.add(JsonObject.builder().put("tenant", name).put("count", count).build()));
    return JsonObject.builder().put("size", size).put("at", atMillis).put("counts", list).build();
  }

  /** Reads what {@link #toJson} wrote; the counts add up to the size. */
  static Tally of(JsonObject json) throws FormatException {
    Tally tally = new Tally();
    tally.size = json.number("size");
    tally.atMillis = json.number("at");
    long sum = 0;
    for (JsonObject one : json.objects("counts")) {
      sum += one.number("count");
      if (one.number("count") < 1
          || tally.counts.put(one.string("tenant"), one.number("count")) != null) {
        throw new FormatException("a count is none, or a tenant stands twice");
      }
    }
    if (sum != tally.size) {
      throw new FormatException("the counts do not add up to " + tally.size);
    }
    return tally;
  }
}
