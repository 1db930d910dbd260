package dev.counterfoil.rules.correlating;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The groups of one rule within its part of the memory; the ones that were quiet longest go first.
 */
final class GroupTable<G extends Group> {
  private final LinkedHashMap<List<String>, G> groups = new LinkedHashMap<>(16, 0.75f, true);
  private final long bytesMax;
  private long bytes;
  private long forgotten;

  GroupTable(long bytesMax) {
    this.bytesMax = bytesMax;
  }

  /** Has a group do something, and makes room for what it is then. */
  void with(List<String> key, Function<List<String>, G> make, Consumer<G> what) {
    G group = groups.computeIfAbsent(key, make);
    what.accept(group);
    bytes += group.grown();
    Iterator<Map.Entry<List<String>, G>> oldest = groups.entrySet().iterator();
    while (bytes > bytesMax && groups.size() > 1) {
      G gone = oldest.next().getValue();
      oldest.remove();
      bytes -= gone.countedBytes();
      forgotten++;
    }
  }

  /** Goes through all, the ones that were quiet longest first; drops those that are at an end. */
  void each(Function<G, Boolean> isAtEnd) {
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
  }

  long bytes() {
    return bytes;
  }

  long forgotten() {
    return forgotten;
  }
}
