package dev.counterfoil.assess.fetch;

/**
 * Text from outside, made safe to show. What an issuer publishes ends up on an operator's terminal
 * and in documents: it must not move the cursor, reorder the line or run for pages.
 */
public final class Printable {
  /** Long enough for a URL or a thumbprint, short enough for a line of evidence. */
  public static final int LONGEST = 120;

  private Printable() {}

  public static String of(String text) {
    StringBuilder safe = new StringBuilder(Math.min(text.length(), LONGEST) + 1);
    int[] codePoints = text.codePoints().limit(LONGEST + 1L).toArray();
    for (int i = 0; i < Math.min(codePoints.length, LONGEST); i++) {
      safe.appendCodePoint(isSafe(codePoints[i]) ? codePoints[i] : '\uFFFD');
    }
    return codePoints.length > LONGEST ? safe.append('…').toString() : safe.toString();
  }

  /** A number with its noun, e.g. {@code 1 key}, {@code 2 keys}. */
  public static String counted(long number, String noun) {
    return number + " " + noun + (number == 1 ? "" : "s");
  }

  private static boolean isSafe(int codePoint) {
    return switch (Character.getType(codePoint)) {
      // Format characters include the bidirectional overrides and zero-width ones.
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      // A backtick would end the code span that the Markdown report puts around evidence.
      default -> codePoint != '`';
    };
  }
}
