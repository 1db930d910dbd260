package dev.counterfoil.witness;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.Checkpoint;

/**
 * The checkpoint of a log that the witness cosigned last.
 *
 * @param timestamp the time in its cosignatures, in seconds since 1970
 * @param note the checkpoint, with the log's signatures and the witness's
 */
record HeldCheckpoint(String origin, long size, Hash root, long timestamp, String note) {
  Checkpoint checkpoint() {
    return new Checkpoint(origin, size, root);
  }
}
