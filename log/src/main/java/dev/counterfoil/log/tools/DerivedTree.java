package dev.counterfoil.log.tools;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.tree.MerkleFrontier;
import dev.counterfoil.format.tree.Tile;
import dev.counterfoil.format.tree.TreeHasher;
import dev.counterfoil.log.read.LogSource;
import dev.counterfoil.log.tiles.RowHasher;
import java.io.IOException;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/**
 * The tree that a log's entries make, as {@link LogChecker} derives it: takes {@link RunCheck} runs
 * in order, and compares the log's tiles of level 1 and above and the roots that it said. Subtrees
 * of 65,536 entries (a full tile of level 1) go on into a frontier.
 *
 * <p>What it keeps is of whole bundles alone, so that it can go on when the log has grown.
 */
final class DerivedTree {
  private static final int SUBTREE_ENTRIES = Tile.FULL_WIDTH * Tile.FULL_WIDTH;

  /** Level of the first tiles whose hashes cover whole subtrees. */
  private static final int SUBTREE_TILES = 2;

  private final LogSource source;
  private final TreeHasher hasher = new TreeHasher();
  private final RowHasher rowHasher = new RowHasher();
  private final MerkleFrontier subtrees = new MerkleFrontier();
  private final byte[] bundleRoots = new byte[Tile.FULL_BYTES];
  private final byte[][] rows = new byte[Tile.LEVEL_MAX + 1][];
  private final long[] counts = new long[Tile.LEVEL_MAX + 1];
  private long size;

  DerivedTree(LogSource source) {
    this.source = source;
  }

  /** Entries in whole bundles that were taken: where the next run begins. */
  long size() {
    return size;
  }

  /** The root over the whole bundles, of which there is one at least. */
  Hash root() {
    long open = size - subtrees.size() * SUBTREE_ENTRIES;
    return open == 0 ? subtrees.root() : rootOver((int) (open / Tile.FULL_WIDTH));
  }

  /**
   * Takes the next run, which ends at the log's size or before; the root at its end.
   *
   * @param others checkpoints to hold against the roots inside of the run
   */
  Hash join(RunCheck.Result run, Collection<Checkpoint> others, long logSize)
      throws IOException, DifferentException {
    long first = run.first();
    if (first != size) {
      throw new IllegalArgumentException("the next run begins at " + size + ", not at " + first);
    }
    int bundles = (int) (first / Tile.FULL_WIDTH % Tile.FULL_WIDTH);
    System.arraycopy(run.roots(), 0, bundleRoots, bundles * Hash.BYTES, run.roots().length);
    long end = first + run.entries();
    for (Checkpoint other : others) {
      if (other.size() > first && other.size() <= end) {
        Hash root = rootAt(other.size(), run);
        if (!root.equals(other.root())) {
          throw anotherRoot(other.size(), root, other);
        }
      }
    }
    Hash root = rootAt(end, run);
    if (end % SUBTREE_ENTRIES == 0 || end == logSize) {
      closeSubtree(end);
    }
    size = end / Tile.FULL_WIDTH * Tile.FULL_WIDTH;
    return root;
  }

  static DifferentException anotherRoot(long size, Hash root, Checkpoint other) {
    return new DifferentException(
        LogCheck.Kind.NOT_CONSISTENT,
        0,
        "root at size " + size,
        root.base64() + " from the entries",
        other.root().base64() + " in a checkpoint of the log");
  }

  /** The root of a tree that ends inside a run or with it. */
  private Hash rootAt(long end, RunCheck.Result run) {
    int full = (int) ((end - subtrees.size() * SUBTREE_ENTRIES) / Tile.FULL_WIDTH);
    Hash inner = run.inner().get(end);
    if (inner == null) {
      return rootOver(full);
    }
    // Written where the bundle's own root will stand, or has stood: put back after.
    byte[] kept = Arrays.copyOfRange(bundleRoots, full * Hash.BYTES, (full + 1) * Hash.BYTES);
    inner.write(bundleRoots, full * Hash.BYTES);
    Hash root = rootOver(full + 1);
    System.arraycopy(kept, 0, bundleRoots, full * Hash.BYTES, Hash.BYTES);
    return root;
  }

  /** The root over all subtrees and some rows of the open one. */
  private Hash rootOver(int count) {
    Hash root = rowHasher.root(bundleRoots, count);
    List<Hash> before = subtrees.roots();
    for (int i = before.size() - 1; i >= 0; i--) {
      root = hasher.node(before.get(i), root);
    }
    return root;
  }

  /** Compares the tile of level 1 over a subtree that ends here, and goes on upward. */
  private void closeSubtree(long end) throws IOException, DifferentException {
    long index = subtrees.size();
    int full = (int) ((end - index * SUBTREE_ENTRIES) / Tile.FULL_WIDTH);
    if (full > 0) {
      RunCheck.compare(source, new Tile(1, index, full), bundleRoots);
    }
    if (full < Tile.FULL_WIDTH) {
      return;
    }
    subtrees.append(rowHasher.root(bundleRoots, full), this::collect);
    for (int level = SUBTREE_TILES; level < rows.length && isFull(level, end); level++) {
      compareTile(level);
    }
  }

  private void collect(int level, long index, Hash hash) {
    if (level % 8 == 0) {
      int tileLevel = SUBTREE_TILES + level / 8;
      if (counts[tileLevel] == 0) {
        rows[tileLevel] = new byte[Tile.FULL_BYTES];
      }
      hash.write(rows[tileLevel], (int) (index % Tile.FULL_WIDTH) * Hash.BYTES);
      counts[tileLevel] = index + 1;
    }
  }

  /** Whether the last of a size's entries completed a tile of the level. */
  private static boolean isFull(int level, long size) {
    return Long.numberOfTrailingZeros(size) >= 8 * (level + 1);
  }

  /** Compares the partial tiles of level 2 and above. */
  void compareUpperTiles() throws IOException, DifferentException {
    for (int level = SUBTREE_TILES; level < rows.length; level++) {
      if (counts[level] % Tile.FULL_WIDTH != 0) {
        compareTile(level);
      }
    }
  }

  /** Compares the tile of a level that was collected last with the log's. */
  private void compareTile(int level) throws IOException, DifferentException {
    long last = counts[level] - 1;
    int width = (int) (last % Tile.FULL_WIDTH) + 1;
    RunCheck.compare(source, new Tile(level, last / Tile.FULL_WIDTH, width), rows[level]);
  }
}
