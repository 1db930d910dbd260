package dev.counterfoil.rules.correlating;

import dev.counterfoil.rules.model.Correlation;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Values that are new for their group: not seen for a timespan. The first value of a group is not
 * new, nor is one while the group is learned, nor one that enough like groups have.
 */
final class Novelties implements Correlator {
  /** Most values of a group, and most groups that are remembered for a value of peers. */
  private static final int VALUES_MAX = 10_000;

  private final Correlation correlation;
  private final long memoryMillis;
  private final long learnMillis;
  private final GroupTable<Known> groups;

  /** For each value among like groups: which of these have it. */
  private final GroupTable<Known> peers;

  private static final class Known extends Group {
    private final LinkedHashMap<List<String>, Long> times = new LinkedHashMap<>(16, 0.75f, true);
    private long first = Long.MAX_VALUE;
    private int valueBytes;

    Known(List<String> key) {
      super(key);
    }

    /** When it was seen last before; null where it was not. */
    @Nullable Long see(List<String> value, long timeMillis) {
      first = Math.min(first, timeMillis);
      Long before = times.get(value);
      times.put(value, before == null ? timeMillis : Math.max(before, timeMillis));
      if (before == null) {
        valueBytes += bytes(value) + 72;
      }
      if (times.size() > VALUES_MAX) {
        Iterator<List<String>> oldest = times.keySet().iterator();
        valueBytes -= bytes(oldest.next()) + 72;
        oldest.remove();
      }
      return before;
    }

    @Override
    int ownBytes() {
      return valueBytes;
    }
  }

  Novelties(Correlation correlation, long bytesMax) {
    this.correlation = correlation;
    memoryMillis = correlation.timespan().toMillis();
    learnMillis = correlation.learn().toMillis();
    boolean hasPeers = !correlation.peers().by().isEmpty();
    groups = new GroupTable<>(hasPeers ? bytesMax / 2 : bytesMax);
    peers = new GroupTable<>(bytesMax / 2);
  }

  @Override
  public void take(Hit hit, Consumer<Found> found) {
    if (hit.values().isEmpty()) {
      return;
    }
    long time = hit.timeMillis();
    boolean isUsual = isUsualAmongPeers(hit);
    groups.with(
        hit.key(),
        Known::new,
        group -> {
          boolean isLearned = group.first <= time - learnMillis && !group.times.isEmpty();
          Long before = group.see(hit.values(), time);
          boolean isGone = before != null && before < time - memoryMillis;
          boolean isNew = correlation.returning() ? isGone : isGone || before == null;
          if (isNew && isLearned && !isUsual) {
            found.accept(new Found(time, hit.key(), hit.ids(), 1, hit.event()));
          }
        });
  }

  private boolean isUsualAmongPeers(Hit hit) {
    if (correlation.peers().by().isEmpty()) {
      return false;
    }
    List<String> key = new ArrayList<>(hit.peers());
    key.addAll(hit.values());
    boolean[] isUsual = {false};
    peers.with(
        List.copyOf(key),
        Known::new,
        known -> {
          long others =
              known.times.entrySet().stream()
                  .filter(
                      one ->
                          !one.getKey().equals(hit.key())
                              && one.getValue() >= hit.timeMillis() - memoryMillis)
                  .limit(correlation.peers().atLeast())
                  .count();
          isUsual[0] = others >= correlation.peers().atLeast();
          known.see(hit.key(), hit.timeMillis());
        });
    return isUsual[0];
  }

  @Override
  public void advance(long timeMillis, Consumer<Found> found) {
    // Groups stay until the memory is full: a quiet one must not be learned from its thief.
    peers.each(known -> isOld(known, timeMillis));
  }

  private boolean isOld(Known known, long timeMillis) {
    for (Map.Entry<List<String>, Long> one : known.times.entrySet()) {
      if (one.getValue() >= timeMillis - memoryMillis) {
        return false;
      }
    }
    return true;
  }

  @Override
  public long bytes() {
    return groups.bytes() + peers.bytes();
  }

  @Override
  public long forgotten() {
    return groups.forgotten() + peers.forgotten();
  }
}
