package dev.counterfoil.format.tree;

import dev.counterfoil.format.bytes.Hash;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A proof that a leaf stands at an index of a tree (RFC 6962 2.1.1).
 *
 * @param index the leaf's position
 * @param size number of leaves of the tree
 * @param path sibling hashes, from the leaf upward; at most 63
 */
public record InclusionProof(long index, long size, List<Hash> path) {
  /** Most hashes that a proof can have. */
  public static final int PATH_MAX = 63;

  public InclusionProof {
    if (index < 0 || index >= size || path.size() > PATH_MAX) {
      throw new IllegalArgumentException("no such leaf, or a path that is too long");
    }
    path = List.copyOf(path);
  }

  /** Makes the proof from stored hashes. */
  public static InclusionProof make(HashSource source, long index, long size)
      throws HashSource.UnavailableException {
    if (index < 0 || index >= size) {
      throw new IllegalArgumentException("index " + index + " is not in a tree of size " + size);
    }
    TreeHasher hasher = new TreeHasher();
    List<Hash> path = new ArrayList<>();
    long start = 0;
    long end = size;
    // Walks down from the root; each step notes the root of the half that does not hold the leaf.
    while (end - start > 1) {
      long middle = start + MerkleTree.largestPowerOfTwoBelow(end - start);
      if (index < middle) {
        path.add(0, MerkleTree.root(hasher, source, middle, end));
        end = middle;
      } else {
        path.add(0, MerkleTree.root(hasher, source, start, middle));
        start = middle;
      }
    }
    return new InclusionProof(index, size, path);
  }

  /**
   * The root that the path leads to from a leaf hash; empty when the path has the wrong length for
   * its index and size.
   */
  public Optional<Hash> root(Hash leaf) {
    TreeHasher hasher = new TreeHasher();
    Hash hash = leaf;
    long node = index;
    long last = size - 1;
    // RFC 9162 2.1.3.2, which is the checking side of the same tree.
    for (Hash sibling : path) {
      if (last == 0) {
        return Optional.empty();
      }
      if ((node & 1) == 1 || node == last) {
        hash = hasher.node(sibling, hash);
        while ((node & 1) == 0 && node != 0) {
          node >>= 1;
          last >>= 1;
        }
      } else {
        hash = hasher.node(hash, sibling);
      }
      node >>= 1;
      last >>= 1;
    }
    return last == 0 ? Optional.of(hash) : Optional.empty();
  }

  /** Whether the leaf stands at the index under the root. */
  public boolean proves(Hash leaf, Hash root) {
    return root(leaf).filter(root::equals).isPresent();
  }
}
