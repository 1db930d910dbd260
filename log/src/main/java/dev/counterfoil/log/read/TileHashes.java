package dev.counterfoil.log.read;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.tree.HashSource;
import dev.counterfoil.format.tree.Tile;
import dev.counterfoil.log.tiles.RowHasher;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The hashes of a log that is read by whole tiles, as they are served. A tile's inner hashes are
 * made once, and the tiles that were asked for last are kept, so that a proof costs about one tile.
 * Safe for concurrent use.
 */
public final class TileHashes {
  /** Tiles kept, with all hashes inside of them: 16 KiB each, 32 MiB in all. */
  private static final int TILES_MAX = 2048;

  private final LogSource source;
  private final Map<Tile, byte[]> tiles =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Tile, byte[]> eldest) {
          return size() > TILES_MAX;
        }
      };

  public TileHashes(LogSource source) {
    this.source = source;
  }

  /** The hashes that a tree of a size has. */
  public HashSource of(long size) {
    return (level, index) -> {
      if (level < 0 || index < 0 || index >= size >> level) {
        throw new HashSource.UnavailableException(
            "a tree of size " + size + " has no subtree " + index + " at level " + level);
      }
      int height = level % 8;
      Tile tile = Tile.holding(level, index, size);
      int first = (int) ((index << height) % Tile.FULL_WIDTH);
      return Hash.read(
          inner(tile),
          (RowHasher.innerStart(Tile.FULL_WIDTH, height) + (first >> height)) * Hash.BYTES);
    };
  }

  private byte[] inner(Tile tile) throws HashSource.UnavailableException {
    synchronized (tiles) {
      byte[] known = tiles.get(tile);
      if (known != null) {
        return known;
      }
    }
    byte[] made = new RowHasher().inner(fetch(tile), tile.width(), Tile.FULL_WIDTH);
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
