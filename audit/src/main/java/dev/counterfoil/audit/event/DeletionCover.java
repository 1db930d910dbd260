package dev.counterfoil.audit.event;

import dev.counterfoil.audit.access.Source;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Holds what is gone against what the auditor's own events say was deleted: nothing is gone that no
 * event in the log speaks of. Such an event stands behind what it deletes, so positions are kept
 * until the end, eight bytes each. Belongs to one thread.
 */
public final class DeletionCover {
  /** The operation of the auditor's events that say so. */
  public static final String OPERATION = "audit.delete";

  /** Where such an event says which positions, from the first to the last. */
  public static final String RANGE = "deleted_positions";

  private long[] gone = new long[16];
  private int count;

  /** What was deleted, the last position by the first. */
  private final TreeMap<Long, Long> said = new TreeMap<>();

  /** Takes note of an event, which may say what was deleted. */
  public void says(StoredEvent one) throws FormatException {
    JsonObject event = one.event().json();
    if (!Source.isAuditor(one.event().reporter().orElse("")) || !event.has(RANGE)) {
      return;
    }
    Optional<JsonObject> api = event.optionalObject("api");
    if (api.isPresent() && api.get().string("operation").equals(OPERATION)) {
      JsonObject range = event.object(RANGE);
      said.merge(range.number("first"), range.number("last"), Math::max);
    }
  }

  /** Takes note of a position that is gone; they come in their order. */
  public void isGone(long position) {
    if (count == gone.length) {
      gone = Arrays.copyOf(gone, 2 * count);
    }
    gone[count++] = position;
  }

  /** Requires that all that is gone was said to be deleted. */
  public void requireAll() throws FormatException {
    long covered = -1;
    Map.Entry<Long, Long> range = said.firstEntry();
    for (int i = 0; i < count; i++) {
      while (range != null && range.getKey() <= gone[i]) {
        covered = Math.max(covered, range.getValue());
        range = said.higherEntry(range.getKey());
      }
      if (gone[i] > covered) {
        throw new FormatException(
            "event %d is gone, and no event of the auditor says that it was deleted"
                .formatted(gone[i]));
      }
    }
  }
}
