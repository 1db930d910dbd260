package dev.counterfoil.rules.correlating;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;

/** The groups of one rule; where memory is full, the ones that were quiet longest go first. */
final class GroupTable<G extends Group> implements SharedMemory.Forgetful {
  private final LinkedHashMap<List<String>, G> groups = new LinkedHashMap<>(16, 0.75f, true);
  private final SharedMemory memory;
  private long bytes;
  private long forgotten;

  GroupTable(SharedMemory memory) {
    this.memory = memory;
    memory.add(this);
  }

  /** Has a group do something, and makes room for what it is then. */
  void with(List<String> key, Function<List<String>, G> make, Consumer<G> what) {
    G group = groups.computeIfAbsent(key, make);
    what.accept(group);
    grown(group.grown());
  }

  private void grown(long by) {
    bytes += by;
    memory.grown(by);
  }

  /** Goes through all, the ones that were quiet longest first; drops those that are at an end. */
  void each(Function<G, Boolean> isAtEnd) {
    long before = bytes;
    Iterator<Map.Entry<List<String>, G>> all = groups.entrySet().iterator();
    while (all.hasNext()) {
      G group = all.next().getValue();
      if (isAtEnd.apply(group)) {
        all.remove();
        bytes -= group.countedBytes();
      } else {
        bytes += group.grown();
      }
    }
    memory.grown(bytes - before);
  }

  @Override
  public long forgetOne() {
    if (groups.size() < 2) {
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
