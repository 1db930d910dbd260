package dev.counterfoil.rules.model;

import com.google.re2j.Pattern;
import java.util.List;

/** What one value of a field must be. */
public sealed interface ValueTest {
  /**
   * A text with wildcards.
   *
   * @param cased whether upper and lower case differ
   */
  record Text(List<Piece> pieces, boolean cased) implements ValueTest {
    public Text {
      pieces = List.copyOf(pieces);
    }
  }

  /** A part of a text. */
  sealed interface Piece {
    /** These characters. */
    record Literal(String text) implements Piece {}

    /** Any characters, or none: {@code *}. */
    record Run() implements Piece {}

    /** One character: {@code ?}. */
    record Single() implements Piece {}

    /** One of the characters that begin an option: those of {@code windash}. */
    record Dash() implements Piece {}
  }

  /** A regular expression found anywhere in the text; its engine takes time linear in the text. */
  record Expression(Pattern pattern) implements ValueTest {}

  /** An address in a network. */
  record Network(List<Byte> prefix, int bits) implements ValueTest {
    public Network {
      prefix = List.copyOf(prefix);
    }
  }

  /** A number compared. */
  record Amount(Comparison comparison, double limit) implements ValueTest {}

  /** A part of a time in UTC: of milliseconds since 1970, or of text in ISO 8601. */
  record Calendar(TimePart part, Comparison comparison, double limit) implements ValueTest {}

  /** The field is null, or is not there. */
  record Missing() implements ValueTest {}

  /** The field is there, or is not. */
  record Exists(boolean there) implements ValueTest {}

  /** The value stands in relation to another field's. */
  record SameAs(String field, Where where, boolean cased) implements ValueTest {}

  /** Where the other field's value must stand in this one's. */
  enum Where {
    WHOLE,
    BEGINNING,
    END,
    ANYWHERE
  }

  /** A part of a time. */
  enum TimePart {
    MINUTE,
    HOUR,
    DAY,
    WEEK,
    MONTH,
    YEAR
  }

  /** How a number is compared with a limit. */
  enum Comparison {
    LT,
    LTE,
    GT,
    GTE,
    EQ,
    NEQ;

    /** Whether it holds. */
    public boolean holds(double value, double limit) {
      return switch (this) {
        case LT -> value < limit;
        case LTE -> value <= limit;
        case GT -> value > limit;
        case GTE -> value >= limit;
        case EQ -> value == limit;
        case NEQ -> value != limit;
      };
    }

    /** Whether more can make it hold and no more can make it fail. */
    public boolean isLowerBound() {
      return this == GT || this == GTE;
    }
  }
}
