package dev.counterfoil.disclosure;

import java.util.stream.Collectors;

/**
 * Text that people or attackers wrote, shown as text: no markup, no line of its own, no formula,
 * and nothing that turns the direction of what stands beside it.
 */
public final class ShownText {
  private static final String FORMULA = "=+-@";

  private ShownText() {}

  /** On one line of plain text. */
  public static String line(String text) {
    return text.codePoints()
        .mapToObj(c -> isVisible(c) ? Character.toString(c) : " ")
        .collect(Collectors.joining())
        .strip();
  }

  /** In the text or an attribute of HTML. */
  public static String html(String text) {
    return line(text)
        .codePoints()
        .mapToObj(
            c ->
                switch (c) {
                  case '&' -> "&amp;";
                  case '<' -> "&lt;";
                  case '>' -> "&gt;";
                  case '"' -> "&quot;";
                  case '\'' -> "&#39;";
                  default -> Character.toString(c);
                })
        .collect(Collectors.joining());
  }

  /** In a cell of a CSV file (RFC 4180), where no spreadsheet takes it for a formula. */
  public static String cell(String text) {
    String line = line(text);
    String safe = !line.isEmpty() && FORMULA.indexOf(line.charAt(0)) >= 0 ? "'" + line : line;
    return '"' + safe.replace("\"", "\"\"") + '"';
  }

  private static boolean isVisible(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE ->
          false;
      default -> true;
    };
  }
}
