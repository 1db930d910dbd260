package dev.counterfoil.format.bytes;

/** Text from outside on one line of a terminal or log: it moves no cursor and turns no text. */
public final class PlainText {
  private PlainText() {}

  /** A text in which what is no plain character is shown as its number. */
  public static String of(String text) {
    StringBuilder plain = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            c -> {
              if (isPlain(c)) {
                plain.appendCodePoint(c);
              } else {
                plain.append("\\u{").append(Integer.toHexString(c)).append('}');
              }
            });
    return plain.toString();
  }

  /** The same, no longer than so many characters. */
  public static String of(String text, int max) {
    // What is shown is never shorter than the text: no more of it has to be read.
    String plain = of(text.substring(0, Math.min(text.length(), max + 1)));
    return plain.length() <= max ? plain : plain.substring(0, max - 1) + "…";
  }

  private static boolean isPlain(int c) {
    return switch (Character.getType(c)) {
      // Format characters change a text's direction, or have no width.
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.PRIVATE_USE,
          Character.SURROGATE,
          Character.UNASSIGNED ->
          false;
      default -> true;
    };
  }
}
