package dev.counterfoil.authority.peers;

import java.util.Optional;

/**
 * Which authority a text belongs to: {@code 2.} stands before what the second made. Without a
 * number it is the first one's, which was there alone.
 */
public final class HomeNames {
  private HomeNames() {}

  /** What the authority of a number puts before what it makes. */
  public static String prefix(int number) {
    return number + ".";
  }

  /** The number of its home. */
  static int of(String text) {
    return isNamed(text) ? text.charAt(0) - '0' : 1;
  }

  /** The text as its home made it. */
  public static String within(String text) {
    return isNamed(text) ? text.substring(2) : text;
  }

  private static boolean isNamed(String text) {
    return text.length() > 2
        && text.charAt(1) == '.'
        && text.charAt(0) >= '1'
        && text.charAt(0) <= '9';
  }

  /** The same of a value that may be missing. */
  static int of(Optional<String> text) {
    return text.map(HomeNames::of).orElse(1);
  }
}
