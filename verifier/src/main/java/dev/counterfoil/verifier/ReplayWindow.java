package dev.counterfoil.verifier;

import dev.counterfoil.format.Hash;
import java.time.Instant;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Remembers what was used until it can no longer be used. When it is full it takes nothing more:
 * forgetting early would let a replay through.
 */
final class ReplayWindow {
  private final int entriesMax;
  private final LinkedHashMap<Hash, Instant> until = new LinkedHashMap<>();

  ReplayWindow(int entriesMax) {
    this.entriesMax = entriesMax;
  }

  /** Takes something for the first time; false when it was taken before or there is no room. */
  synchronized boolean take(Hash used, Instant now, Instant forgetAt) {
    // All stay for the same time, so the oldest go first.
    Iterator<Map.Entry<Hash, Instant>> oldest = until.entrySet().iterator();
    while (oldest.hasNext() && !now.isBefore(oldest.next().getValue())) {
      oldest.remove();
    }
    if (until.size() >= entriesMax || until.containsKey(used)) {
      return false;
    }
    until.put(used, forgetAt);
    return true;
  }
}
