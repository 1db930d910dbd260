package dev.counterfoil.log;

import dev.counterfoil.format.Hash;
import dev.counterfoil.format.HashSource;
import dev.counterfoil.format.Tile;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The stored hashes of a log, read by whole tiles. A tile's inner hashes are made once, and the
 * tiles that were asked for last are kept, so that a proof costs about one tile. Safe for
 * concurrent use.
 */
final class TileHashes {
  /** Tiles kept: 16 KiB each. */
  private static final int TILES_MAX = 1024;

  private final LogSource source;
  private final Map<Tile, byte[]> tiles =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Tile, byte[]> eldest) {
          return size() > TILES_MAX;
        }
      };

  TileHashes(LogSource source) {
    this.source = source;
  }

  /** The hashes that a tree of a size has. */
  HashSource of(long size) {
    return (level, index) -> {
      if (level < 0 || index < 0 || index >= size >> level) {
        throw new HashSource.UnavailableException(
            "a tree of size " + size + " has no subtree " + index + " at level " + level);
      }
      int height = level % 8;
      Tile tile = Tile.holding(level, index, size);
      int first = (int) ((index << height) % Tile.FULL_WIDTH);
      return Hash.read(inner(tile), (start(height) + (first >> height)) * Hash.BYTES);
    };
  }

  /** Row at which the hashes of a height begin: 256 of height 0, then 128, then 64 and so on. */
  private static int start(int height) {
    return 2 * Tile.FULL_WIDTH - ((2 * Tile.FULL_WIDTH) >> height);
  }

  private byte[] inner(Tile tile) throws HashSource.UnavailableException {
    synchronized (tiles) {
      byte[] known = tiles.get(tile);
      if (known != null) {
        return known;
      }
    }
    byte[] made = new RowHasher().inner(fetch(tile), tile.width());
    synchronized (tiles) {
      tiles.put(tile, made);
    }
    return made;
  }

  private byte[] fetch(Tile tile) throws HashSource.UnavailableException {
    byte[] hashes;
    try {
      hashes = source.tile(tile);
    } catch (IOException e) {
      throw new HashSource.UnavailableException("tile " + tile.path() + " cannot be read", e);
    }
    if (hashes.length != tile.width() * Hash.BYTES) {
      throw new HashSource.UnavailableException(
          "tile %s has %d bytes, not %d"
              .formatted(tile.path(), hashes.length, tile.width() * Hash.BYTES));
    }
    return hashes;
  }
}
