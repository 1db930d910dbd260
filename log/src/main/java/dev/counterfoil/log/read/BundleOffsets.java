package dev.counterfoil.log.read;

import dev.counterfoil.format.tree.Tile;

/**
 * Where the entries of a bundle stand (c2sp.org/tlog-tiles), without a copy of any of them. Belongs
 * to one thread.
 */
public final class BundleOffsets {
  /** Bytes of an entry's length before it. */
  static final int LENGTH_BYTES = 2;

  private final int[] starts = new int[Tile.FULL_WIDTH + 1];
  private int count;
  private int end;

  public BundleOffsets() {}

  /**
   * Reads a bundle of some entries.
   *
   * @return whether it has all of them and nothing else
   */
  public boolean read(byte[] bundle, int width) {
    end = 0;
    for (count = 0; count < width; count++) {
      int length =
          end + LENGTH_BYTES <= bundle.length
              ? (bundle[end] & 0xff) << 8 | (bundle[end + 1] & 0xff)
              : Integer.MAX_VALUE / 2;
      starts[count] = end + LENGTH_BYTES;
      if (end + LENGTH_BYTES + length > bundle.length) {
        return false;
      }
      end += LENGTH_BYTES + length;
    }
    starts[count] = end + LENGTH_BYTES;
    return end == bundle.length;
  }

  /** How many entries were whole. */
  public int count() {
    return count;
  }

  /** Where the last whole entry ends. */
  public int end() {
    return end;
  }

  /** Where an entry begins, after its length. */
  public int start(int entry) {
    return starts[entry];
  }

  /** How long an entry is. */
  public int length(int entry) {
    return starts[entry + 1] - LENGTH_BYTES - starts[entry];
  }
}
