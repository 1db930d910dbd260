package dev.counterfoil.format.leaf;

import dev.counterfoil.format.note.Checkpoint;

/**
 * What a stream of leaves brings next: a stretch of a log's positions, and a checkpoint that covers
 * it. The log's key has signed the checkpoint; all else is nobody's word until it leads to its
 * root.
 */
public sealed interface Leaves permits LeafBatch, LeafPart {
  /** The first position. */
  long first();

  /** The position after the last; the first one where the log has not grown. */
  long end();

  /** The signed checkpoint: it covers the positions, and may be of a larger tree. */
  Checkpoint checkpoint();

  /** The signed note that the checkpoint stands in. */
  byte[] note();
}
