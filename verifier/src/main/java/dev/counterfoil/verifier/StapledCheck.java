package dev.counterfoil.verifier;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.policy.LogPolicy;
import dev.counterfoil.format.policy.TlogProof;
import dev.counterfoil.format.tree.InclusionProof;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.format.tree.TreeHasher;
import dev.counterfoil.verifier.LogView.Standing;
import dev.counterfoil.verifier.leaves.BoundedCache;
import java.util.OptionalLong;

/**
 * Checks the proofs that clients send with tokens of one log. Reads nothing over the network.
 *
 * <p>Where the policy has a quorum, its cosignatures stand under the proof's own checkpoint. That
 * the quorum vouched for another tree of that size would say nothing of this one.
 */
final class StapledCheck {
  /** Checkpoints whose signatures need no second check: the proofs of a while share theirs. */
  private static final int CHECKPOINTS_MAX = 64;

  private final NoteKey logKey;
  private final LogPolicy policy;
  private final LogHistory history;
  private final BoundedCache<Hash, Checkpoint> good = new BoundedCache<>(CHECKPOINTS_MAX);

  StapledCheck(NoteKey logKey, LogPolicy policy, LogHistory history) {
    this.logKey = logKey;
    this.policy = policy;
    this.history = history;
  }

  /**
   * Whether a proof shows a leaf.
   *
   * @param position where the token says that it stands; empty where it does not say
   * @param stapled the header's value
   */
  Standing standing(OptionalLong position, Leaf leaf, String stapled) {
    TlogProof proof;
    try {
      proof = StapledProof.parse(stapled);
    } catch (FormatException e) {
      return no(RefusalCode.PROOF_MALFORMED, String.valueOf(e.getMessage()));
    }
    if (position.isPresent() && proof.index() != position.getAsLong()) {
      return no(RefusalCode.PROOF_MISMATCH, "the proof is of another position");
    }
    Hash note = Hash.sha256(proof.checkpoint().bytes());
    Checkpoint covering = good.get(note);
    if (covering == null) {
      try {
        covering = Checkpoint.verify(proof.checkpoint().bytes(), logKey);
      } catch (FormatException e) {
        return no(
            RefusalCode.PROOF_LOG, "the proof's checkpoint is not one that the token's log signed");
      }
      if (isQuorumAsked() && !policy.isQuorum(proof.checkpoint())) {
        return no(
            RefusalCode.PROOF_NOT_COSIGNED,
            "the policy's witnesses have not cosigned the proof's checkpoint");
      }
      good.put(note, covering);
      history.noteSoon(covering);
    }
    if (proof.index() >= covering.size()) {
      return no(RefusalCode.PROOF_OLD, "the proof's checkpoint is from before the token");
    }
    if (!new InclusionProof(proof.index(), covering.size(), proof.path())
        .proves(leaf.hash(new TreeHasher()), covering.root())) {
      return no(RefusalCode.PROOF_MISMATCH, "the proof is not of this token");
    }
    return new Standing.Recorded(
        new IssuanceProof.ByStapledProof(proof.index(), covering, isQuorumAsked()));
  }

  private boolean isQuorumAsked() {
    return !policy.quorum().equals(LogPolicy.NONE);
  }

  private static Standing no(RefusalCode code, String reason) {
    return new Standing.NotRecorded(code, reason);
  }
}
