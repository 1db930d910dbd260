package dev.counterfoil.format.note;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.tree.ConsistencyProof;
import dev.counterfoil.format.tree.InclusionProof;
import dev.counterfoil.format.tree.TreeHasher;
import java.util.List;

/**
 * Whether a checkpoint of a log extends one that was seen before: the judgement on which all trust
 * in a log rests, made here.
 *
 * <p>A log only grows (c2sp.org/tlog-checkpoint): of two of its checkpoints the larger one is of a
 * tree that begins with the tree of the smaller one. That is shown by a consistency proof (RFC 9162
 * 2.1.4), or by somebody who has the leaves and computes both roots from them (RFC 9162 2.1.1).
 *
 * <p>What follows from an answer is for who asks: whether {@link #OLDER} is a copy that is late or
 * a log that was put back, and whether {@link #MISFIT} is asked again or refused. Signatures and
 * times are checked before.
 *
 * <p>Roots are also compared elsewhere, where there are no two checkpoints to judge: {@link
 * SharedProof} asks whether the hashes of a proof are those of a tree, before it asks here; {@code
 * LogChecker} and {@code DerivedTree} derive each root from the entries, and name the place of the
 * first that differs; the monitor's {@code ViewComparison} has of a verifier a root at a size that
 * nobody signed.
 */
public enum Extension {
  /** The same size and the same root. */
  SAME,

  /** A larger tree that begins with the one that was seen; of an empty tree any tree is. */
  EXTENDS,

  /** A smaller tree. Nothing is proved by it: ask with the two in the other order. */
  OLDER,

  /** A larger tree, and no evidence. */
  UNPROVEN,

  /**
   * Evidence that does not lead to what was signed. It accuses nobody yet: who gave the evidence is
   * wrong, or the log signed two histories, and other evidence tells which.
   */
  MISFIT,

  /**
   * Two histories: one size with two roots, or a larger tree whose own leaves make another root
   * where the smaller one ends. The two signed checkpoints prove the first to everybody, and with
   * the leaves the second.
   */
  FORKED;

  /** What is known of two trees beside what was signed. */
  public sealed interface Evidence {
    /** Nothing. */
    record None() implements Evidence {}

    /**
     * A consistency proof between the two sizes (RFC 9162 2.1.4).
     *
     * @param path its hashes; none between trees of the same size or from an empty one
     */
    record Proof(List<Hash> path) implements Evidence {
      public Proof {
        if (path.size() > InclusionProof.PATH_MAX) {
          throw new IllegalArgumentException("a path that is too long");
        }
        path = List.copyOf(path);
      }
    }

    /**
     * Roots that were computed from the same leaves, or from hashes over them: of the first so many
     * as were seen, and of as many as are offered.
     *
     * @param atSeen root at the size that was seen
     * @param atOffered root at the size that is offered
     */
    record Roots(Hash atSeen, Hash atOffered) implements Evidence {}
  }

  private static final Evidence NONE = new Evidence.None();

  /** Judges by what two checkpoints of one log show alone. */
  public static Extension judge(Checkpoint seen, Checkpoint offered) {
    return judge(seen, offered, NONE);
  }

  /**
   * Judges with evidence.
   *
   * @param seen what was seen of the log; {@link Checkpoint#empty} before anything was
   * @param offered what is said of it now
   * @throws IllegalArgumentException when they are of two logs
   */
  public static Extension judge(Checkpoint seen, Checkpoint offered, Evidence evidence) {
    if (!seen.origin().equals(offered.origin())) {
      throw new IllegalArgumentException("checkpoints of two logs");
    }
    if (offered.size() < seen.size()) {
      return OLDER;
    }
    boolean isSameSize = offered.size() == seen.size();
    if (isSameSize && !offered.root().equals(seen.root())) {
      return FORKED;
    }
    if (!isSameSize && seen.size() == 0 && !seen.root().equals(TreeHasher.EMPTY_ROOT)) {
      // The empty tree has one root, which no leaves are needed to compute.
      return FORKED;
    }
    Extension good = isSameSize ? SAME : EXTENDS;
    if (evidence instanceof Evidence.Proof proof) {
      return new ConsistencyProof(seen.size(), offered.size(), proof.path())
              .proves(seen.root(), offered.root())
          ? good
          : MISFIT;
    }
    if (evidence instanceof Evidence.Roots roots) {
      if (!roots.atOffered().equals(offered.root())) {
        // Of leaves that are not the offered tree's: what they make says nothing of it.
        return MISFIT;
      }
      if (roots.atSeen().equals(seen.root())) {
        return good;
      }
      // At the same size, and at none, what signed roots show was said above.
      return isSameSize || seen.size() == 0 ? MISFIT : FORKED;
    }
    return isSameSize || seen.size() == 0 ? good : UNPROVEN;
  }
}
