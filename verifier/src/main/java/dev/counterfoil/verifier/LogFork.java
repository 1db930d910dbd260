package dev.counterfoil.verifier;

import dev.counterfoil.format.note.Checkpoint;

/**
 * Two checkpoints that one log signed and that are not of one history. Together with the log's
 * tiles they prove it to anybody, so whoever gets them should keep them.
 *
 * @param one the smaller one, or what was seen first
 * @param other what does not extend it
 */
public record LogFork(Checkpoint one, Checkpoint other) {
  @Override
  public String toString() {
    return "log "
        + one.origin()
        + " has signed two histories, its tokens are refused from now on: size "
        + one.size()
        + " root "
        + one.root()
        + ", size "
        + other.size()
        + " root "
        + other.root();
  }
}
