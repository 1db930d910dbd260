package dev.counterfoil.format.tree;

import dev.counterfoil.format.bytes.Hash;
import java.util.ArrayList;
import java.util.List;

/**
 * A proof that a tree extends an earlier one (RFC 6962 2.1.2).
 *
 * @param oldSize leaves of the earlier tree
 * @param newSize leaves of the later tree
 * @param path hashes in the order of RFC 6962; at most 63
 */
public record ConsistencyProof(long oldSize, long newSize, List<Hash> path) {
  public ConsistencyProof {
    if (oldSize < 0 || oldSize > newSize || path.size() > InclusionProof.PATH_MAX) {
      throw new IllegalArgumentException("sizes run backwards, or a path that is too long");
    }
    path = List.copyOf(path);
  }

  /** Makes the proof from stored hashes. */
  public static ConsistencyProof make(HashSource source, long oldSize, long newSize)
      throws HashSource.UnavailableException {
    List<Hash> path = new ArrayList<>();
    if (oldSize > 0 && oldSize < newSize) {
      subproof(new TreeHasher(), source, oldSize, 0, newSize, true, path);
    }
    return new ConsistencyProof(oldSize, newSize, path);
  }

  private static void subproof(
      TreeHasher hasher,
      HashSource source,
      long oldEnd,
      long start,
      long end,
      boolean wholeOldTree,
      List<Hash> path)
      throws HashSource.UnavailableException {
    if (oldEnd == end) {
      if (!wholeOldTree) {
        path.add(MerkleTree.root(hasher, source, start, end));
      }
      return;
    }
    long middle = start + MerkleTree.largestPowerOfTwoBelow(end - start);
    if (oldEnd <= middle) {
      subproof(hasher, source, oldEnd, start, middle, wholeOldTree, path);
      path.add(MerkleTree.root(hasher, source, middle, end));
    } else {
      subproof(hasher, source, oldEnd, middle, end, false, path);
      path.add(MerkleTree.root(hasher, source, start, middle));
    }
  }

  /**
   * Whether the later root extends the earlier one (RFC 9162 2.1.4.2). Evidence for {@code
   * format.note.Extension}, which alone asks.
   */
  public boolean proves(Hash oldRoot, Hash newRoot) {
    if (oldSize == newSize) {
      return path.isEmpty() && oldRoot.equals(newRoot);
    }
    if (oldSize == 0) {
      return path.isEmpty() && oldRoot.equals(TreeHasher.EMPTY_ROOT);
    }
    if (path.isEmpty()) {
      return false;
    }
    TreeHasher hasher = new TreeHasher();
    long node = oldSize - 1;
    long last = newSize - 1;
    while ((node & 1) == 1) {
      node >>= 1;
      last >>= 1;
    }
    int next = 0;
    Hash first = node == 0 ? oldRoot : path.get(next++);
    Hash oldHash = first;
    Hash newHash = first;
    for (; next < path.size(); next++) {
      if (last == 0) {
        return false;
      }
      Hash sibling = path.get(next);
      if ((node & 1) == 1 || node == last) {
        oldHash = hasher.node(sibling, oldHash);
        newHash = hasher.node(sibling, newHash);
        while ((node & 1) == 0 && node != 0) {
          node >>= 1;
          last >>= 1;
        }
      } else {
        newHash = hasher.node(newHash, sibling);
      }
      node >>= 1;
      last >>= 1;
    }
    return last == 0 && oldHash.equals(oldRoot) && newHash.equals(newRoot);
  }
}
