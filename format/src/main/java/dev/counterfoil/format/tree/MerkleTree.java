package dev.counterfoil.format.tree;

import dev.counterfoil.format.bytes.Hash;

/** Roots of arbitrary ranges, from stored perfect-subtree hashes (RFC 6962 2.1). */
public final class MerkleTree {
  private MerkleTree() {}

  /**
   * MTH of leaves {@code [start, end)}, where start is a multiple of the smallest power of two not
   * below {@code end - start}.
   */
  public static Hash root(TreeHasher hasher, HashSource source, long start, long end)
      throws HashSource.UnavailableException {
    long width = end - start;
    if (width == 0) {
      return TreeHasher.EMPTY_ROOT;
    }
    if ((width & (width - 1)) == 0) {
      int level = Long.numberOfTrailingZeros(width);
      return source.hash(level, start >> level);
    }
    long split = largestPowerOfTwoBelow(width);
    Hash left = root(hasher, source, start, start + split);
    return hasher.node(left, root(hasher, source, start + split, end));
  }

  /** The largest power of two strictly below {@code n}, for n of at least 2. */
  static long largestPowerOfTwoBelow(long n) {
    return Long.highestOneBit(n - 1);
  }
}
