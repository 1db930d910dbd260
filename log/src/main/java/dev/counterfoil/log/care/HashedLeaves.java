package dev.counterfoil.log.care;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.log.disk.LogDamagedException;
import dev.counterfoil.log.tiles.TileStore;
import dev.counterfoil.log.tiles.TreeState;
import java.io.IOException;
import java.util.Optional;

/** What the leaves of a log are made of, to be read again: a {@link Scrubber}'s one side. */
public interface HashedLeaves {
  /** Takes what follows from the things that a source reads. */
  interface Derived {
    /**
     * The next leaf, in order.
     *
     * @param row what stands for it: see {@link TileStore.LeafRows}
     */
    void leaf(long position, Hash row);

    /** Other bytes of the log's folder that follow from the leaf that was given last. */
    void bytes(String file, long offset, byte[] right) throws IOException;
  }

  /**
   * Reads what the leaves {@code [from, to)} are made of.
   *
   * @return bytes that were read
   * @throws LogDamagedException when one of them is not as it was written
   * @throws IOException when it cannot be read at all, which says nothing about it
   */
  long scan(long from, long to, Derived derived) throws IOException;

  /** The tree over the leaves of which nothing is left but the leaves; empty where all is left. */
  default Optional<TreeState> begin() throws IOException {
    return Optional.empty();
  }
}
