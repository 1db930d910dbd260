package dev.counterfoil.format.leaf;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.tree.MerkleFrontier;

/**
 * Folds a log's leaves into the root of its tree, and lets them count once that is the root of a
 * checkpoint. Belongs to one thread; {@link KeptLeaves} are what others look into.
 */
public final class LeafFold {
  private final KeptLeaves resident;
  private MerkleFrontier frontier;

  /** The tree up to the last checkpoint whose root was reached; where it began before the first. */
  private MerkleFrontier proven;

  private boolean reached;

  /**
   * Begins at the end of a tree.
   *
   * @param start its right edge, which need not be proven: a wrong one reaches no root
   * @param resident begins at the same position
   */
  public LeafFold(MerkleFrontier start, KeptLeaves resident) {
    if (start.size() != resident.size()) {
      throw new IllegalArgumentException("leaves begin where the tree ends");
    }
    this.frontier = start.copy();
    this.proven = start.copy();
    this.resident = resident;
  }

  /** Number of leaves folded, the unproven ones too. */
  public long size() {
    return frontier.size();
  }

  /** The root over them. */
  public Hash root() {
    return frontier.root();
  }

  /** Whether any checkpoint's root was reached. */
  public boolean isProven() {
    return reached;
  }

  /** Position after the last leaf that counts. */
  public long provenSize() {
    return proven.size();
  }

  /**
   * Folds a batch's leaves up to a position, which do not count yet.
   *
   * @throws IllegalArgumentException when the batch does not begin at or before this size
   */
  public void fold(LeafBatch batch, long end) {
    if (batch.first() > frontier.size() || end > batch.end()) {
      throw new IllegalArgumentException("a batch that leaves something out");
    }
    for (long position = frontier.size(); position < end; position++) {
      Hash leaf = batch.leaf(position);
      frontier.append(leaf);
      resident.stage(leaf);
    }
  }

  /**
   * Folds an audience's part: its leaves, which do not count yet, and the roots of what is left out
   * between them.
   *
   * @throws IllegalArgumentException when the part does not begin at this size
   */
  public void fold(LeafPart part) {
    if (part.first() != frontier.size()) {
      throw new IllegalArgumentException("a part that leaves a gap");
    }
    for (int i = 0; i < part.count(); i++) {
      Hash hash = part.hash(i);
      if (part.isLeaf(i)) {
        frontier.append(hash);
        resident.stage(hash);
      } else {
        frontier.append(part.level(i), hash);
        resident.pass(1L << part.level(i));
      }
    }
  }

  /** Whether the tree has the root of a checkpoint of its size. */
  public boolean isAt(Checkpoint checkpoint) {
    return checkpoint.size() == frontier.size() && checkpoint.root().equals(frontier.root());
  }

  /**
   * Lets the leaves count.
   *
   * @throws IllegalArgumentException when their root is not the checkpoint's
   */
  public void prove(Checkpoint checkpoint) {
    if (!isAt(checkpoint)) {
      throw new IllegalArgumentException("leaves that do not lead to the checkpoint's root");
    }
    proven = frontier.copy();
    reached = true;
    resident.publish();
  }

  /** Drops the leaves that do not count. */
  public void discard() {
    frontier = proven.copy();
    resident.discard();
  }
}
