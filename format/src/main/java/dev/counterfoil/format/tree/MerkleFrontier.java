package dev.counterfoil.format.tree;

import dev.counterfoil.format.bytes.Hash;
import java.util.ArrayList;
import java.util.List;

/**
 * The right edge of a growing RFC 6962 tree: the roots of its perfect subtrees, largest first.
 * Appending costs one node hash on average. Not safe for concurrent use.
 */
public final class MerkleFrontier {
  private final TreeHasher hasher = new TreeHasher();
  private final ArrayList<Hash> roots = new ArrayList<>();
  private long size;

  /** A frontier of an empty tree. */
  public MerkleFrontier() {}

  /** Takes up a tree of a size from its stored subtree hashes. */
  public static MerkleFrontier resume(long size, HashSource source)
      throws HashSource.UnavailableException {
    MerkleFrontier frontier = new MerkleFrontier();
    long covered = 0;
    for (int level = 62; level >= 0; level--) {
      long width = 1L << level;
      if ((size & width) != 0) {
        frontier.roots.add(source.hash(level, covered >> level));
        covered += width;
      }
    }
    frontier.size = size;
    return frontier;
  }

  /** The same frontier, which goes on by itself. */
  public MerkleFrontier copy() {
    MerkleFrontier copy = new MerkleFrontier();
    copy.roots.addAll(roots);
    copy.size = size;
    return copy;
  }

  /** Told of every perfect subtree that an append completes, from the leaf (level 0) upward. */
  @FunctionalInterface
  public interface CompletedSubtree {
    void completed(int level, long index, Hash hash);
  }

  /** Adds a leaf hash. */
  public void append(Hash leaf) {
    append(leaf, (level, index, hash) -> {});
  }

  /** Adds a leaf hash and reports the subtrees that it completes. */
  public void append(Hash leaf, CompletedSubtree completed) {
    Hash hash = leaf;
    long index = size;
    int level = 0;
    completed.completed(0, index, hash);
    while ((index & 1) == 1) {
      hash = hasher.node(roots.remove(roots.size() - 1), hash);
      index >>= 1;
      level++;
      completed.completed(level, index, hash);
    }
    roots.add(hash);
    size++;
  }

  /**
   * Adds the root of a perfect subtree.
   *
   * @param level of which the subtree has two to the power of leaves
   * @throws IllegalArgumentException when no such subtree begins at this size
   */
  public void append(int level, Hash subtree) {
    if ((size & ((1L << level) - 1)) != 0) {
      throw new IllegalArgumentException("a subtree that does not begin where one can");
    }
    Hash hash = subtree;
    for (long index = size >> level; (index & 1) == 1; index >>= 1) {
      hash = hasher.node(roots.remove(roots.size() - 1), hash);
    }
    roots.add(hash);
    size += 1L << level;
  }

  /** Number of leaves. */
  public long size() {
    return size;
  }

  /** The root hash of the tree as it stands. */
  public Hash root() {
    if (roots.isEmpty()) {
      return TreeHasher.EMPTY_ROOT;
    }
    Hash root = roots.get(roots.size() - 1);
    for (int i = roots.size() - 2; i >= 0; i--) {
      root = hasher.node(roots.get(i), root);
    }
    return root;
  }

  /** The roots of the perfect subtrees, largest first. */
  public List<Hash> roots() {
    return List.copyOf(roots);
  }
}
