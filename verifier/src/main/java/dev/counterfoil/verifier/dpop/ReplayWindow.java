package dev.counterfoil.verifier.dpop;

import dev.counterfoil.format.bytes.Hash;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * Remembers what was used until it can no longer be used. When it is full it takes nothing more:
 * forgetting early would let a replay through. One holder can fill an eighth of it and no more, so
 * that whoever floods it shuts out himself.
 */
public final class ReplayWindow implements UsedProofs {
  /** The part of the window that one holder can fill: one in this many. */
  static final int SHARES = 8;

  private record Entry(Hash holder, Hash used, Instant forgetAt) {}

  private final int entriesMax;
  private final int shareMax;
  private final Set<Hash> known = new HashSet<>();
  private final Map<Hash, Integer> shares = new HashMap<>();
  private final PriorityQueue<Entry> byEnd =
      new PriorityQueue<>(Comparator.comparing(Entry::forgetAt));

  /** Uses that end by then may have been forgotten: a clock that went back brings none of them. */
  private Instant forgottenTo = Instant.MIN;

  /** Remembers so many uses; when all are still in their window, others are refused. */
  public ReplayWindow(int entriesMax) {
    this.entriesMax = entriesMax;
    this.shareMax = Math.max(1, entriesMax / SHARES);
  }

  @Override
  public synchronized Use take(Hash holder, Hash used, Instant now, Instant forgetAt) {
    for (Entry next = byEnd.peek();
        next != null && !now.isBefore(next.forgetAt());
        next = byEnd.peek()) {
      byEnd.remove();
      known.remove(next.used());
      forgottenTo = next.forgetAt();
      shares.computeIfPresent(next.holder(), (h, count) -> count > 1 ? count - 1 : null);
    }
    if (known.contains(used)) {
      return Use.REPEATED;
    }
    if (!forgetAt.isAfter(forgottenTo)) {
      return Use.UNKNOWN;
    }
    if (shares.getOrDefault(holder, 0) >= shareMax) {
      return Use.SHARE_FULL;
    }
    if (known.size() >= entriesMax) {
      return Use.FULL;
    }
    known.add(used);
    shares.merge(holder, 1, Integer::sum);
    byEnd.add(new Entry(holder, used, forgetAt));
    return Use.FIRST;
  }
}
