package dev.counterfoil.format.bytes;

import java.util.Locale;

/** A constant that a format spells as its name in lower case, with hyphens. */
public interface Spelled {
  /** The constant's name. */
  String name();

  /** As it stands in what is written. */
  default String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * Reads one.
   *
   * @param refusal said where it is none of them
   */
  static <E extends Enum<E> & Spelled> E parse(Class<E> of, String text, String refusal)
      throws FormatException {
    for (E constant : of.getEnumConstants()) {
      if (constant.text().equals(text)) {
        return constant;
      }
    }
    throw new FormatException(refusal);
  }
}
