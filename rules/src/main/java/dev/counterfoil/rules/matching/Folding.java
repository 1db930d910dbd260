package dev.counterfoil.rules.matching;

/**
 * One form for upper and lower case, character by character, as {@code equalsIgnoreCase} has it.
 */
final class Folding {
  private Folding() {}

  static char fold(char c) {
    if (c < 128) {
      return c >= 'A' && c <= 'Z' ? (char) (c + 32) : c;
    }
    return Character.toLowerCase(Character.toUpperCase(c));
  }

  static String fold(String text) {
    for (int at = 0; at < text.length(); at++) {
      if (fold(text.charAt(at)) != text.charAt(at)) {
        char[] folded = text.toCharArray();
        for (; at < folded.length; at++) {
          folded[at] = fold(folded[at]);
        }
        return new String(folded);
      }
    }
    return text;
  }
}
