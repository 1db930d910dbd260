package dev.counterfoil.log.checkpoint;

import dev.counterfoil.format.note.CosignerKey;
import java.security.Provider;

/**
 * Somebody outside who cosigns a log.
 *
 * @param name for people
 * @param key whose lines count
 * @param kind what his cosignature says
 * @param isHolder whether a log that starts again waits for his word about the largest tree he saw
 */
public record Cosigner(String name, CosignerKey key, Kind kind, boolean isHolder) {
  /** The same, whose lines a provider checks: see {@link CosignerKey#checkedBy}. */
  public Cosigner checkedBy(Provider provider) {
    return new Cosigner(name, key.checkedBy(provider), kind, isHolder);
  }

  /** What a cosignature says. */
  public enum Kind {
    /** The tree extends every tree of this log that I cosigned before. */
    WITNESS,
    /** The same, and I hold the counterfoil of every leaf. */
    CUSTODIAN
  }
}
