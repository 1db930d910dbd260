package dev.counterfoil.cli.command;

import dev.counterfoil.format.bytes.PlainText;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * Takes the sting out of texts that strangers wrote, before a person or a spreadsheet sees them:
 * what moves a terminal's cursor, changes a text's direction, or is a formula.
 */
public final class Shown {
  /** With what a formula begins; some spreadsheets take the wide forms for the same. */
  private static final String FORMULAS = "=+-@\uff1d\uff0b\uff0d\uff20";

  private Shown() {}

  /** How long ago something was, or that it is yet to come by this machine's clock. */
  public static String ago(Instant at) {
    Duration age = Duration.between(at, InstantSource.system().instant());
    return age.isNegative()
        ? "which is in the future by this machine's clock"
        : DurationText.inWords(age) + " ago";
  }

  /** A number of things, such as 1 entry or 2 entries. */
  public static String count(long number, String one, String several) {
    return number + " " + (number == 1 ? one : several);
  }

  /** JSON that moves no cursor: what a terminal could take for an order is escaped. */
  public static String ascii(String json) {
    StringBuilder out = new StringBuilder(json.length());
    json.chars()
        .forEach(
            c -> {
              if (c < 0x7f) {
                out.append((char) c);
              } else {
                out.append("\\u%04x".formatted(c));
              }
            });
    return out.toString();
  }

  /** A field of CSV (RFC 4180), which no spreadsheet takes for a formula. */
  public static String csv(String text) {
    String plain = PlainText.of(text);
    String begins = plain.stripLeading();
    boolean isFormula = !begins.isEmpty() && FORMULAS.indexOf(begins.charAt(0)) >= 0;
    String safe = isFormula ? "'" + plain : plain;
    return '"' + safe.replace("\"", "\"\"") + '"';
  }
}
