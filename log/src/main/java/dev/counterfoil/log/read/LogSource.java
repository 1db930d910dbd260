package dev.counterfoil.log.read;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.tree.HashSource;
import dev.counterfoil.format.tree.Tile;
import dev.counterfoil.log.checkpoint.Cosigning;
import dev.counterfoil.log.disk.MissingTileException;
import java.io.IOException;
import java.util.Optional;

/** Where a log's public side is read from: its folder, or HTTP (c2sp.org/tlog-tiles). */
public interface LogSource {
  /** Name of the cosigned checkpoint beside {@code checkpoint}. */
  String COSIGNED = Cosigning.FILE;

  /** Longest that a tile or bundle can be: an entry has at most 65,535 bytes. */
  static int bytesMax(Tile tile) {
    return tile.width() * (tile.level() == Tile.ENTRIES ? 2 + 0xffff : Hash.BYTES);
  }

  /**
   * The signed checkpoint, as it is served.
   *
   * @throws IOException also when there is none
   */
  byte[] checkpoint() throws IOException;

  /**
   * The last checkpoint that the log's cosigners signed too, as it is served; empty when there is
   * none.
   */
  default Optional<byte[]> cosignedCheckpoint() throws IOException {
    return Optional.empty();
  }

  /**
   * Whether tiles of level 0 are made of the entries whenever they are read, so that comparing the
   * two says nothing.
   */
  default boolean derivesLeafHashes() throws IOException {
    return false;
  }

  /**
   * The hashes of the tree of a size, where they lie at hand and need not be taken from tiles. Its
   * checkpoint is published.
   */
  default Optional<HashSource> storedHashes(long size) {
    return Optional.empty();
  }

  /**
   * A tile of hashes or an entry bundle, as it is served: of any length.
   *
   * @throws MissingTileException when the source does not have it
   * @throws IOException when the source cannot be read
   */
  byte[] tile(Tile tile) throws IOException;
}
