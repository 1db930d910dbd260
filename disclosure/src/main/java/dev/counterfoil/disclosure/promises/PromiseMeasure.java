package dev.counterfoil.disclosure.promises;

import dev.counterfoil.format.bytes.FormatException;
import java.util.Arrays;
import java.util.Locale;

/** What can be promised. There are these eight, and no language of our own to make others. */
public enum PromiseMeasure {
  /** A signing key is followed by the next one within the bound. */
  ROTATION_ON_TIME,
  /** No key signs for longer than the bound. */
  KEYS_BELOW_CEILING,
  /** A key is stated in the key log at least the bound before it signs. */
  NEXT_KEY_AHEAD,
  /** A log has a new checkpoint within the bound of the one before. */
  CHECKPOINT_PACE,
  /** A quorum of witnesses has cosigned a log within the bound of the time before. */
  WITNESS_QUORUM,
  /** A revoked token is refused within the bound. */
  REVOCATION_EFFECTIVE,
  /** A forged token that was presented is found within the bound. */
  FORGERY_FOUND,
  /** A published claim that proves wrong is corrected within the bound. */
  CORRECTION_IN_TIME;

  /** As it stands in files, such as {@code rotation-on-time}. */
  public String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static PromiseMeasure of(String text) throws FormatException {
    return Arrays.stream(values())
        .filter(measure -> measure.text().equals(text))
        .findFirst()
        .orElseThrow(() -> new FormatException("there is no measure of that name"));
  }
}
