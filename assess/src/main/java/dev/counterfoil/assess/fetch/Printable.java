package dev.counterfoil.assess.fetch;

import dev.counterfoil.format.bytes.PlainText;

/**
 * Text from outside, made safe to show. What an issuer publishes ends up on an operator's terminal
 * and in documents: it must not move the cursor, reorder the line or run for pages.
 */
public final class Printable {
  /** Long enough for a URL or a thumbprint, short enough for a line of evidence. */
  public static final int LONGEST = 120;

  private Printable() {}

  public static String of(String text) {
    // A backtick would end the code span that the Markdown report puts around evidence.
    return PlainText.of(text, LONGEST).replace('`', '\uFFFD');
  }

  /** A number with its noun, e.g. {@code 1 key}, {@code 2 keys}. */
  public static String counted(long number, String noun) {
    return number + " " + noun + (number == 1 ? "" : "s");
  }
}
