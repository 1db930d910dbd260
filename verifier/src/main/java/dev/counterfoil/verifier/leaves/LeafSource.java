package dev.counterfoil.verifier.leaves;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.leaf.Leaves;
import dev.counterfoil.format.tree.HashSource.UnavailableException;
import java.io.IOException;

/** Where a stream has a log's leaves from. Nothing of it is trusted but the log's own signature. */
public interface LeafSource {
  /**
   * The leaves from a position on, and a checkpoint that covers them: waited for a while when there
   * are none yet, where the source can wait.
   *
   * @throws java.io.FileNotFoundException when the source gives out no leaves, or none so old
   */
  Leaves next(long first) throws IOException, FormatException, UnavailableException;
}
