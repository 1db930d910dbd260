package dev.counterfoil.rules.correlating;

import java.util.ArrayList;
import java.util.List;

/**
 * The memory of all correlations of an engine. Where it is full, what takes most of it forgets its
 * quietest group: so none is pushed out by another that somebody floods. For one thread.
 */
public final class SharedMemory {
  private final long bytesMax;
  private final List<Forgetful> all = new ArrayList<>();
  private long bytes;

  /** What can forget. */
  interface Forgetful {
    /** About how much memory it takes. */
    long bytes();

    /**
     * Forgets the group that was quiet longest, but never the only one, and none during a walk.
     *
     * @return how many bytes less it takes; 0 where there is nothing to forget
     */
    long forgetOne();
  }

  /**
   * Memory.
   *
   * @param bytesMax so much at most, by the correlations' own count
   */
  public SharedMemory(long bytesMax) {
    this.bytesMax = bytesMax;
  }

  void add(Forgetful one) {
    all.add(one);
  }

  /** Takes into account that one has grown, or shrunk, and makes room. */
  void grown(long by) {
    bytes += by;
    while (bytes > bytesMax) {
      Forgetful largest = all.getFirst();
      for (Forgetful one : all) {
        if (one.bytes() > largest.bytes()) {
          largest = one;
        }
      }
      long less = largest.forgetOne();
      if (less == 0) {
        return;
      }
      bytes -= less;
    }
  }
}
