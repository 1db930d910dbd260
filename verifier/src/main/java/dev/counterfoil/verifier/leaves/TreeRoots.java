package dev.counterfoil.verifier.leaves;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.Extension;
import dev.counterfoil.format.tree.HashSource;
import dev.counterfoil.format.tree.HashSource.UnavailableException;
import dev.counterfoil.format.tree.TreeHasher;
import java.util.ArrayList;
import java.util.List;

/** Roots of an RFC 6962 tree, computed from hashes that nobody vouched for yet. */
public final class TreeRoots {
  private final TreeHasher hasher = new TreeHasher();
  private final HashSource source;

  public TreeRoots(HashSource source) {
    this.source = source;
  }

  /**
   * The root of a tree of a size whose leaf hashes {@code [first, first + width)} are those given.
   * When it is the signed root, every one of them is proven.
   */
  public Hash throughLeaves(long size, long first, byte[] leaves, int width)
      throws UnavailableException {
    return throughLeaves(0, size, first, leaves, first + width);
  }

  private Hash throughLeaves(long start, long end, long first, byte[] leaves, long last)
      throws UnavailableException {
    if (end <= first || start >= last) {
      return range(start, end);
    }
    if (end - start == 1) {
      return Hash.read(leaves, (int) (start - first) * Hash.BYTES);
    }
    long middle = start + split(end - start);
    Hash left = throughLeaves(start, middle, first, leaves, last);
    return hasher.node(left, throughLeaves(middle, end, first, leaves, last));
  }

  /** The roots of an earlier and of a later tree, both from the same hashes. */
  public Extension.Evidence.Roots pair(long earlierSize, long laterSize)
      throws UnavailableException {
    List<Hash> edge = new ArrayList<>();
    Hash later = collecting(earlierSize, 0, laterSize, edge);
    Hash earlier = edge.get(edge.size() - 1);
    for (int i = edge.size() - 2; i >= 0; i--) {
      earlier = hasher.node(edge.get(i), earlier);
    }
    return new Extension.Evidence.Roots(earlier, later);
  }

  private Hash collecting(long earlierSize, long start, long end, List<Hash> edge)
      throws UnavailableException {
    if (start >= earlierSize) {
      return range(start, end);
    }
    if (end <= earlierSize && isPowerOfTwo(end - start)) {
      Hash hash = range(start, end);
      edge.add(hash);
      return hash;
    }
    long middle = start + split(end - start);
    Hash left = collecting(earlierSize, start, middle, edge);
    return hasher.node(left, collecting(earlierSize, middle, end, edge));
  }

  private Hash range(long start, long end) throws UnavailableException {
    long width = end - start;
    if (isPowerOfTwo(width)) {
      int level = Long.numberOfTrailingZeros(width);
      return source.hash(level, start >> level);
    }
    long middle = start + split(width);
    Hash left = range(start, middle);
    return hasher.node(left, range(middle, end));
  }

  private static boolean isPowerOfTwo(long n) {
    return (n & (n - 1)) == 0;
  }

  private static long split(long n) {
    return Long.highestOneBit(n - 1);
  }
}
