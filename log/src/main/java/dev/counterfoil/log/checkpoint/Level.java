package dev.counterfoil.log.checkpoint;

import dev.counterfoil.log.RunningLog;

/**
 * How safe a record is. An entry is released at the level that it asks for. All but {@link
 * #DURABLE} are told to the log from outside of its sequencer: see {@link RunningLog#raise}.
 */
public enum Level {
  /** Synced to this machine's disk, and its leaf is in the tree. */
  DURABLE,
  /** A custodian on another machine has the counterfoil, and said so over a signed size. */
  HELD,
  /** In a checkpoint that the log's key signed and that is published. */
  CHECKPOINTED,
  /** In a checkpoint that the policy's quorum of witnesses cosigned. */
  COSIGNED
}
