package dev.counterfoil.rules.correlating;

import dev.counterfoil.rules.model.Correlation;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Values that are new for their group: not seen for a timespan. The first value of a group is not
 * new, nor is one while the group is learned, nor one that enough like groups have.
 */
final class Novelties implements Correlator {
  /** Most values of a group. */
  private static final int VALUES_MAX = 10_000;

  private final Correlation correlation;
  private final long memoryMillis;
  private final long learnMillis;
  private final SeenValues groups;

  /** For each value among like groups: which of these had it last, as many as decide. */
  private final SeenValues peers;

  private long droppedMillis = Long.MIN_VALUE;

  Novelties(Correlation correlation, SharedMemory memory) {
    this.correlation = correlation;
    memoryMillis = correlation.timespan().toMillis();
    learnMillis = correlation.learn().toMillis();
    groups = new SeenValues(VALUES_MAX, memory);
    peers = new SeenValues(correlation.peers().atLeast() + 1, memory);
  }

  @Override
  public void take(Hit hit, Consumer<Found> found) {
    if (hit.values().isEmpty()) {
      return;
    }
    long time = hit.timeMillis();
    boolean isUsual = isUsualAmongPeers(hit);
    long group = groups.number(hit.key());
    long value = groups.number(hit.values());
    SeenValues.Known known = groups.group(group);
    boolean isLearned = known.first() <= time - learnMillis;
    long before = known.last(value);
    boolean isGone = before != Long.MIN_VALUE && before < time - memoryMillis;
    boolean isNew = correlation.returning() ? isGone : isGone || before == Long.MIN_VALUE;
    groups.see(group, value, time);
    if (isNew && isLearned && !isUsual) {
      found.accept(new Found(time, hit.key(), hit.ids(), 1, hit.event()));
    }
  }

  private boolean isUsualAmongPeers(Hit hit) {
    if (correlation.peers().by().isEmpty()) {
      return false;
    }
    List<String> all = new ArrayList<>(hit.peers());
    all.addAll(hit.values());
    long key = peers.number(all);
    long own = peers.number(hit.key());
    int others = peers.group(key).others(own, hit.timeMillis() - memoryMillis);
    peers.see(key, own, hit.timeMillis());
    return others >= correlation.peers().atLeast();
  }

  @Override
  public void advance(long timeMillis, Consumer<Found> found) {
    // Groups stay until the memory is full: a quiet one must not be learned from its thief.
    if (timeMillis - memoryMillis / 60 >= droppedMillis) {
      droppedMillis = timeMillis;
      peers.drop(timeMillis - memoryMillis);
    }
  }

  @Override
  public void save(DataOutput out) throws IOException {
    groups.save(out);
    peers.save(out);
  }

  @Override
  public void load(DataInput in) throws IOException {
    groups.load(in);
    peers.load(in);
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
