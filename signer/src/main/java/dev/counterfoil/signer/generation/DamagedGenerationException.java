package dev.counterfoil.signer.generation;

import dev.counterfoil.log.disk.LogDamagedException;
import dev.counterfoil.signer.folders.Generation;

/**
 * The log that the signer would go on with cannot be read back. Whether it is restored from a copy
 * or replaced is an operator's decision.
 */
public final class DamagedGenerationException extends LogDamagedException {
  private static final long serialVersionUID = 1L;

  private final transient Generation generation;

  DamagedGenerationException(Generation generation, LogDamagedException cause) {
    super(String.valueOf(cause.getMessage()), cause);
    this.generation = generation;
  }

  public Generation generation() {
    return generation;
  }
}
