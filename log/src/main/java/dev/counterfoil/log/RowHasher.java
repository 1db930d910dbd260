package dev.counterfoil.log;

import dev.counterfoil.format.Hash;
import dev.counterfoil.format.Tile;
import java.security.DigestException;
import java.security.MessageDigest;

/**
 * The hashes of RFC 6962 2.1 on rows of 32 bytes in arrays, without an object for any of them.
 * Belongs to one thread.
 */
final class RowHasher {
  private static final int NODE_BYTES = 1 + 2 * Hash.BYTES;

  private final MessageDigest digest = Hash.newSha256();
  private final byte[] node = new byte[NODE_BYTES];
  private final byte[] folded = new byte[Tile.FULL_BYTES];

  RowHasher() {
    node[0] = 1;
  }

  /** Writes the leaf hash of an entry to a row. */
  void leaf(byte[] entries, int offset, int length, byte[] rows, int row) {
    digest.update((byte) 0);
    digest.update(entries, offset, length);
    finish(rows, row * Hash.BYTES);
  }

  /**
   * The root over the first rows, 1 to 256 of them: each the root of a perfect subtree of the same
   * size, but for the last, which may be of a smaller one.
   */
  Hash root(byte[] rows, int count) {
    System.arraycopy(rows, 0, folded, 0, count * Hash.BYTES);
    // Pairing from the left and carrying an odd last one up splits at the largest power of two, as
    // RFC 6962 2.1 wants. A pair's hash is written where the pair or an earlier one stood.
    for (int width = count; width > 1; width = (width + 1) / 2) {
      for (int pair = 0; pair < width / 2; pair++) {
        System.arraycopy(folded, 2 * pair * Hash.BYTES, node, 1, 2 * Hash.BYTES);
        digest.update(node, 0, NODE_BYTES);
        finish(folded, pair * Hash.BYTES);
      }
      if (width % 2 == 1) {
        System.arraycopy(
            folded, (width - 1) * Hash.BYTES, folded, width / 2 * Hash.BYTES, Hash.BYTES);
      }
    }
    return Hash.read(folded, 0);
  }

  /**
   * All hashes of the perfect subtrees inside a tile: its own rows, padded to 256, then the 128 of
   * the next height, then 64 and so on; zeros where a partial tile has none.
   */
  byte[] inner(byte[] rows, int count) {
    byte[] inner = new byte[2 * Tile.FULL_BYTES];
    System.arraycopy(rows, 0, inner, 0, count * Hash.BYTES);
    int below = 0;
    int start = Tile.FULL_WIDTH;
    for (int width = count / 2; width > 0; width /= 2) {
      for (int pair = 0; pair < width; pair++) {
        System.arraycopy(inner, (below + 2 * pair) * Hash.BYTES, node, 1, 2 * Hash.BYTES);
        digest.update(node, 0, NODE_BYTES);
        finish(inner, (start + pair) * Hash.BYTES);
      }
      int room = start - below;
      below = start;
      start += room / 2;
    }
    return inner;
  }

  private void finish(byte[] target, int offset) {
    try {
      digest.digest(target, offset, Hash.BYTES);
    } catch (DigestException e) {
      throw new IllegalStateException("SHA-256 fits 32 bytes", e);
    }
  }
}
