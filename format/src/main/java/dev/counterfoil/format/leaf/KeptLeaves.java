package dev.counterfoil.format.leaf;

import dev.counterfoil.format.bytes.Hash;

/**
 * The newest leaves of a log, as a verifier keeps them: of each the leaf hash under a secret key
 * that this object made ({@code docs/decisions/eight-bytes-a-leaf.md}). One thread adds and gives
 * back; any number look, and take no lock.
 *
 * <p>What is added is staged: it counts only after {@link #publish}.
 */
public abstract sealed class KeptLeaves permits ResidentLeaves, PartLeaves {
  /** What stands at a position. */
  public enum Look {
    /** The leaf. */
    HELD,
    /** Another leaf: this one is not in the log. */
    OTHER,
    /** A position that is not kept: below what was, above what is published, or left out. */
    OUTSIDE
  }

  KeptLeaves() {}

  /** What stands at a position. */
  public abstract Look look(long position, Hash leaf);

  /** Where a leaf stands; -1 where it is not kept, or nothing is indexed. */
  public abstract long find(Hash leaf);

  /** First position of what is kept. */
  public abstract long first();

  /** Position after the last one that counts. */
  public abstract long size();

  /** How many leaves are kept, a page's worth of those that were given back among them. */
  public abstract long count();

  /** Bytes of what is held. */
  public abstract long pageBytes();

  /** Gives back what stands below a position, but for what is not published yet. */
  public abstract void forget(long before);

  /** The position from which on no more leaves stand than so many. */
  public abstract long firstOfNewest(long most);

  /** Adds the next leaf, which does not count yet. */
  abstract void stage(Hash leaf);

  /** Leaves out the next positions. */
  abstract void pass(long positions);

  /** Lets count what was staged. */
  abstract void publish();

  /** Drops what was staged. */
  abstract void discard();
}
