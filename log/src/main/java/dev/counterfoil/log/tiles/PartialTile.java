package dev.counterfoil.log.tiles;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.tree.Tile;
import java.util.Arrays;

/**
 * Partial tiles as prefixes of full ones: a server may drop a partial tile once the full one exists
 * (c2sp.org/tlog-tiles).
 */
public final class PartialTile {
  private PartialTile() {}

  /** The full tile of which one is the beginning. */
  public static Tile full(Tile partial) {
    return new Tile(partial.level(), partial.index(), Tile.FULL_WIDTH);
  }

  /** The first hashes or entries of a full tile's bytes; all of them where they are too few. */
  public static byte[] cut(Tile partial, byte[] full) {
    int end = partial.width() * Hash.BYTES;
    if (partial.level() == Tile.ENTRIES) {
      end = 0;
      for (int i = 0; i < partial.width() && end + 2 <= full.length; i++) {
        end += 2 + ((full[end] & 0xff) << 8 | (full[end + 1] & 0xff));
      }
    }
    return Arrays.copyOf(full, Math.min(end, full.length));
  }
}
