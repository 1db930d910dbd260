package dev.counterfoil.format.note;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.tree.HashSource;
import dev.counterfoil.format.tree.MerkleFrontier;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * Proves many leaves of a tree at once (spec/audit-bundle.md): a tree's root is put together from
 * the left out of the leaves that are shown, and of the largest whole subtrees that those between
 * make, whose hashes are the proof. Leaves beside each other share what stands above them, and a
 * tree's beginning is proved the same way. Checking takes one node hash a leaf and a hash, and
 * memory for the right edge of the tree.
 *
 * <p>Which subtrees they are follows from the positions, so who makes a proof chooses nothing but
 * the hashes.
 */
public final class SharedProof {
  /** Most hashes between two leaves: a run that begins and ends anywhere. */
  public static final int BETWEEN_MAX = 2 * 63;

  private final MerkleFrontier tree = new MerkleFrontier();

  /** A tree of which nothing is shown yet. */
  public SharedProof() {}

  /** Takes the leaf at the next position. */
  public SharedProof leaf(Hash leaf) {
    tree.append(leaf);
    return this;
  }

  /**
   * Takes the leaves before a position, which are not shown.
   *
   * @param hashes of the subtrees that they make; those that are used are taken from it
   * @throws FormatException when there are too few
   */
  public SharedProof skip(long to, Iterator<Hash> hashes) throws FormatException {
    if (to < tree.size()) {
      throw new FormatException("a proof goes back");
    }
    while (tree.size() < to) {
      if (!hashes.hasNext()) {
        throw new FormatException("a proof has too few hashes");
      }
      tree.append(level(tree.size(), to), hashes.next());
    }
    return this;
  }

  /** The root of the tree so far. */
  public Hash root() {
    return tree.root();
  }

  /** Whether with what is left of the hashes, and no more, it is the tree of a size and root. */
  public boolean makes(long size, Hash root, Iterator<Hash> hashes) throws FormatException {
    return skip(size, hashes).root().equals(root) && !hashes.hasNext();
  }

  /**
   * Whether a log goes on from an earlier state to a later one, by the hashes of {@link #goingOn}.
   *
   * @throws FormatException when there are too few, or the earlier state is of no leaf: every log
   *     goes on from there, so that it says nothing
   */
  public static boolean goesOn(Checkpoint earlier, Checkpoint later, List<Hash> proof)
      throws FormatException {
    if (earlier.size() < 1) {
      throw new FormatException("a state of a log has a size of at least 1");
    }
    if (earlier.size() > later.size() || !earlier.origin().equals(later.origin())) {
      return false;
    }
    Iterator<Hash> hashes = proof.iterator();
    SharedProof tree = new SharedProof().skip(earlier.size(), hashes);
    Hash atEarlier = tree.root();
    if (!atEarlier.equals(earlier.root())) {
      // Whatever hashes follow, or are missing.
      return false;
    }
    Hash atLater = tree.skip(later.size(), hashes).root();
    return switch (Extension.judge(
        earlier, later, new Extension.Evidence.Roots(atEarlier, atLater))) {
      case SAME, EXTENDS -> !hashes.hasNext();
      case OLDER, UNPROVEN, MISFIT, FORKED -> false;
    };
  }

  /**
   * Makes the proof that a tree goes on from an earlier size: the subtrees up to there, and those
   * behind.
   *
   * @param earlier 1 up to the later one
   */
  public static List<Hash> goingOn(HashSource source, long earlier, long later)
      throws HashSource.UnavailableException {
    List<Hash> proof = new ArrayList<>();
    between(source, 0, earlier, proof);
    between(source, earlier, later, proof);
    return proof;
  }

  /** The largest whole subtree that begins at a leaf and ends before another one. */
  private static int level(long from, long to) {
    int widest = 63 - Long.numberOfLeadingZeros(to - from);
    return Math.min(widest, Long.numberOfTrailingZeros(from));
  }

  /** Adds the hashes of the subtrees that a run of leaves makes, from the left. */
  private static void between(HashSource source, long from, long to, List<Hash> into)
      throws HashSource.UnavailableException {
    for (long at = from; at < to; ) {
      int level = level(at, to);
      into.add(source.hash(level, at >> level));
      at += 1L << level;
    }
  }

  /**
   * Makes the proof of leaves.
   *
   * @param size of the tree
   * @param positions of the leaves, rising
   */
  public static List<Hash> make(HashSource source, long size, long... positions)
      throws HashSource.UnavailableException {
    List<Hash> proof = new ArrayList<>();
    long next = 0;
    for (long position : positions) {
      between(source, next, position, proof);
      next = position + 1;
    }
    between(source, next, size, proof);
    return proof;
  }
}
