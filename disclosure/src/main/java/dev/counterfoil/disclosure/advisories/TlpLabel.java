package dev.counterfoil.disclosure.advisories;

import dev.counterfoil.format.bytes.FormatException;
import java.util.Arrays;
import java.util.Locale;

/** Who may have a document (TLP 1, as CSAF 2.0 has it). */
public enum TlpLabel {
  WHITE,
  GREEN,
  AMBER,
  RED;

  static TlpLabel of(String label) throws FormatException {
    return Arrays.stream(values())
        .filter(known -> known.name().equals(label))
        .findFirst()
        .orElseThrow(
            () -> new FormatException("a TLP label of CSAF 2.0 is WHITE, GREEN, AMBER or RED"));
  }

  /** Whether everybody may have it; all others are served to those who prove who they are. */
  boolean isPublic() {
    return this == WHITE;
  }

  /** The folder of its documents. */
  String folder() {
    return name().toLowerCase(Locale.ROOT);
  }
}
