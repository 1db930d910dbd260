package dev.counterfoil.disclosure.weaknesses;

import dev.counterfoil.format.bytes.FormatException;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/**
 * How far a reported weakness is: the phases of ISO/IEC 30111, with the acknowledgement and the
 * publication of ISO/IEC 29147.
 */
public enum WeaknessState {
  /** It came in; nobody told the reporter yet. */
  RECEIVED,
  /** The reporter knows that a person has it. */
  ACKNOWLEDGED,
  /** It is a weakness of ours. */
  VERIFIED,
  /** It is none, or none of ours. */
  REJECTED,
  /** A remedy is made and tried. */
  REMEDIATING,
  /** Those affected can have the remedy. */
  RELEASED,
  /** An advisory tells of it. */
  PUBLISHED;

  /** As it stands in files and commands. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** What may come next; a rejected one may turn out to be one. */
  public Set<WeaknessState> next() {
    return switch (this) {
      case RECEIVED -> EnumSet.of(ACKNOWLEDGED);
      case ACKNOWLEDGED -> EnumSet.of(VERIFIED, REJECTED);
      case REJECTED -> EnumSet.of(VERIFIED);
      case VERIFIED -> EnumSet.of(REMEDIATING, REJECTED, PUBLISHED);
      case REMEDIATING -> EnumSet.of(RELEASED, PUBLISHED);
      // What a service's operator repaired needs no release: PUBLISHED may come before.
      case RELEASED -> EnumSet.of(PUBLISHED);
      case PUBLISHED -> EnumSet.noneOf(WeaknessState.class);
    };
  }

  /** Whether nothing is left to do. */
  public boolean isOver() {
    return this == REJECTED || this == PUBLISHED;
  }

  /** Reads {@link #text}. */
  public static WeaknessState of(String text) throws FormatException {
    return Arrays.stream(values())
        .filter(state -> state.text().equals(text))
        .findFirst()
        .orElseThrow(
            () ->
                new FormatException(
                    "a state is one of "
                        + String.join(
                            ", ", Arrays.stream(values()).map(WeaknessState::text).toList())));
  }
}
