package dev.counterfoil.log;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.log.tiles.TreeState;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * The trees that a log had after its last batches: what custodians and witnesses vouch for is
 * nearly always one of them, and need not be made again from the log's files. The sequencer's
 * thread adds, any thread asks.
 */
public final class RecentTrees {
  /** About a second of a busy log. */
  private static final int KEPT = 1024;

  private final AtomicReferenceArray<TreeState> trees;

  /** Number of trees that were added. */
  private volatile long added;

  public RecentTrees() {
    this(KEPT);
  }

  /**
   * Remembers nothing yet.
   *
   * @param kept how many are remembered
   */
  RecentTrees(int kept) {
    trees = new AtomicReferenceArray<>(kept);
  }

  /** Takes the next tree, which is larger than those before. */
  public void add(TreeState tree) {
    long number = added;
    trees.set(place(number), tree);
    added = number + 1;
  }

  /** The root of the tree of a size, where a batch made one a short time ago. */
  public Optional<Hash> rootAt(long size) {
    long newest = added - 1;
    for (long number = newest; number >= 0 && number > newest - trees.length(); number--) {
      TreeState tree = trees.get(place(number));
      // One that was put in the place of an older one meanwhile is larger than all before it.
      if (tree.size() == size) {
        return Optional.of(tree.root());
      }
      if (tree.size() < size) {
        return Optional.empty();
      }
    }
    return Optional.empty();
  }

  private int place(long number) {
    return (int) (number % trees.length());
  }
}
