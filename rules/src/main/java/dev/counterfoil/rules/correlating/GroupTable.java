package dev.counterfoil.rules.correlating;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;

/** The groups of one rule; where memory is full, the ones that were quiet longest go first. */
final class GroupTable<G extends Group> implements SharedMemory.Forgetful {
  private final LinkedHashMap<List<String>, G> groups = new LinkedHashMap<>(16, 0.75f, true);
  private final SharedMemory memory;
  private long bytes;
  private long forgotten;

  /** While all are gone through: what is found then fills other tables, and none may go. */
  private boolean isWalked;

  GroupTable(SharedMemory memory) {
    this.memory = memory;
    memory.add(this);
  }

  /** Has a group do something, and makes room for what it is then. */
  void with(List<String> key, Function<List<String>, G> make, Consumer<G> what) {
    G group = groups.computeIfAbsent(key, make);
    what.accept(group);
    long grown = group.grown();
    bytes += grown;
    memory.grown(grown);
  }

  /**
   * Goes through all, the ones that were quiet longest first; drops those that are at an end, and
   * makes room afterwards.
   */
  void each(Predicate<G> isAtEnd) {
    long before = bytes;
    isWalked = true;
    try {
      groups.values().removeIf(group -> isDropped(group, isAtEnd));
    } finally {
      isWalked = false;
    }
    memory.grown(bytes - before);
  }

  private boolean isDropped(G group, Predicate<G> isAtEnd) {
    boolean isDropped = isAtEnd.test(group);
    bytes += isDropped ? -group.countedBytes() : group.grown();
    return isDropped;
  }

  /** Writes all, the ones that were quiet longest first. */
  void save(DataOutput out) throws IOException {
    out.writeInt(groups.size());
    for (G group : groups.values()) {
      StateFormat.texts(out, group.key());
      group.save(out);
    }
  }

  /** Reads what was saved. */
  void load(DataInput in, Function<List<String>, G> make) throws IOException {
    for (int left = in.readInt(); left > 0; left--) {
      G group = make.apply(StateFormat.texts(in));
      group.load(in);
      groups.put(group.key(), group);
      long grown = group.grown();
      bytes += grown;
      memory.grown(grown);
    }
  }

  @Override
  public long forgetOne() {
    if (isWalked || groups.size() < 2) {
      return 0;
    }
    int less = groups.pollFirstEntry().getValue().countedBytes();
    bytes -= less;
    forgotten++;
    return less;
  }

  @Override
  public long bytes() {
    return bytes;
  }

  long forgotten() {
    return forgotten;
  }
}
