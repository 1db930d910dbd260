package dev.counterfoil.log.tiles;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.format.tree.Tile;
import java.security.DigestException;
import java.security.MessageDigest;

/**
 * The hashes of RFC 6962 2.1 on rows of 32 bytes in arrays, without an object for any of them.
 * Belongs to one thread.
 */
public final class RowHasher {
  private static final int NODE_BYTES = 1 + 2 * Hash.BYTES;

  private final MessageDigest digest = Hash.newSha256();
  private final byte[] node = new byte[NODE_BYTES];
  private final byte[] leaf = new byte[2 + Hash.BYTES];
  private byte[] folded = {};

  public RowHasher() {
    node[0] = 1;
    leaf[1] = Leaf.VERSION;
  }

  /** Writes the hash of each leaf where its digest stands, in the first rows. */
  public void leaves(byte[] rows, int count) {
    for (int row = 0; row < count; row++) {
      System.arraycopy(rows, row * Hash.BYTES, leaf, 2, Hash.BYTES);
      digest.update(leaf, 0, leaf.length);
      finish(rows, row * Hash.BYTES);
    }
  }

  /** Writes the leaf hash of an entry to a row. */
  public void leaf(byte[] entries, int offset, int length, byte[] rows, int row) {
    digest.update((byte) 0);
    digest.update(entries, offset, length);
    finish(rows, row * Hash.BYTES);
  }

  /**
   * The root over the first rows, 1 to 256 of them: each the root of a perfect subtree of the same
   * size, but for the last, which may be of a smaller one.
   */
  public Hash root(byte[] rows, int count) {
    if (folded.length == 0) {
      folded = new byte[Tile.FULL_BYTES];
    }
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
   * All hashes of the perfect subtrees inside of some rows: the rows themselves, padded to a width,
   * then the half as many of the next height and so on; zeros where there are none.
   *
   * @param width a power of two, no less than count
   */
  public byte[] inner(byte[] rows, int count, int width) {
    byte[] inner = new byte[2 * width * Hash.BYTES];
    System.arraycopy(rows, 0, inner, 0, count * Hash.BYTES);
    int below = 0;
    int start = width;
    for (int nodes = count / 2; nodes > 0; nodes /= 2) {
      for (int pair = 0; pair < nodes; pair++) {
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

  /** Row of {@link #inner} at which the hashes of a height begin. */
  public static int innerStart(int width, int height) {
    return 2 * width - ((2 * width) >> height);
  }

  private void finish(byte[] target, int offset) {
    try {
      digest.digest(target, offset, Hash.BYTES);
    } catch (DigestException e) {
      throw new IllegalStateException("SHA-256 fits 32 bytes", e);
    }
  }
}
