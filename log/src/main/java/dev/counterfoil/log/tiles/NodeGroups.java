package dev.counterfoil.log.tiles;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.tree.HashSource;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * The hashes of a log whose rows lie at hand ({@link TileStore}), in groups: the neighbours of a
 * stored tree level that one hash of the next stored level stands for, and the hashes between. A
 * proof asks for all its hashes of two or three levels in one group. So what is not in memory costs
 * it a short read and a few hashes for each, wherever the leaf stands and however large the log is.
 *
 * <p>Groups are kept in two tables of fixed size, each group in the one place that its number gives
 * it: those at the leaves, which are many and rarely asked for twice, do not drive out those above.
 * Safe for concurrent use.
 */
public final class NodeGroups {
  /** Rows of a group, at most. */
  private static final int WIDTH_MAX = 8;

  /** Groups below the tiles of level 1 that are kept: about half a KiB each, 12 MiB in all. */
  private static final int LOW_MAX = 1 << 15;

  /** Groups above that are kept: as many again, which is all of a log of ten million entries. */
  private static final int HIGH_MAX = 1 << 15;

  private final RowReader rows;
  private final AtomicReferenceArray<Group> low = new AtomicReferenceArray<>(LOW_MAX);
  private final AtomicReferenceArray<Group> high = new AtomicReferenceArray<>(HIGH_MAX);

  /** Reads consecutive hashes of a stored tree level, 32 bytes each; of level 0 leaf hashes. */
  @FunctionalInterface
  public interface RowReader {
    byte[] rows(int level, long first, int count) throws IOException;
  }

  /**
   * A group.
   *
   * @param level stored tree level of its rows
   * @param index which group of the level
   * @param count rows that it has
   * @param inner all hashes in it: {@link RowHasher#inner}
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Group(int level, long index, int count, byte[] inner) {}

  public NodeGroups(RowReader rows) {
    this.rows = rows;
  }

  /** The hashes that a tree of a size has. */
  public HashSource of(long size) {
    return (level, index) -> {
      if (level < 0 || index < 0 || index >= size >> level) {
        throw new HashSource.UnavailableException(
            "a tree of size " + size + " has no subtree " + index + " at level " + level);
      }
      int height = TileStore.stepsAbove(level);
      int stored = level - height;
      int width = width(stored);
      long first = index << height;
      Group group = group(stored, width, first / width, size);
      int at = RowHasher.innerStart(width, height) + ((int) (first % width) >> height);
      return Hash.read(group.inner, at * Hash.BYTES);
    };
  }

  /** Rows of a stored level under one of the next stored level, which is three or two above. */
  private static int width(int stored) {
    return stored % 8 == 6 ? WIDTH_MAX / 2 : WIDTH_MAX;
  }

  private Group group(int level, int width, long index, long size)
      throws HashSource.UnavailableException {
    int count = (int) Math.min(width, (size >> level) - index * width);
    AtomicReferenceArray<Group> table = level < 8 ? low : high;
    // Fibonacci hashing spreads neighbours and levels over the table.
    long number = (index * 64 + level) * 0x9e3779b97f4a7c15L;
    int place = (int) (number >>> 32) & (table.length() - 1);
    Group known = table.get(place);
    if (known != null && known.level == level && known.index == index && known.count >= count) {
      return known;
    }
    byte[] read;
    try {
      read = rows.rows(level, index * width, count);
    } catch (IOException e) {
      throw new HashSource.UnavailableException(
          "hashes of level %d from %d on cannot be read".formatted(level, index * width), e);
    }
    Group made = new Group(level, index, count, new RowHasher().inner(read, count, width));
    table.set(place, made);
    return made;
  }
}
