package dev.counterfoil.log.read;

import java.io.IOException;

/** A log's stored hashes do not lead to the root of its checkpoint: its writer has to mend them. */
public final class DamagedHashesException extends IOException {
  private static final long serialVersionUID = 1L;

  DamagedHashesException(long position) {
    super(
        "the stored hashes above position "
            + position
            + " are damaged, so it cannot be proved; the log's writer mends them");
  }
}
