package dev.counterfoil.format.bytes;

/** Non-negative decimal numbers in their one spelling: no sign, no leading zero. */
public final class Decimal {
  private Decimal() {}

  /** Parses a number between 0 and {@code max}. */
  public static long parse(String text, long max) throws FormatException {
    int length = text.length();
    if (length == 0 || length > 18 || (length > 1 && text.charAt(0) == '0')) {
      throw new FormatException("not a canonical decimal number");
    }
    long value = 0;
    for (int i = 0; i < length; i++) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        throw new FormatException("not a canonical decimal number");
      }
      value = value * 10 + digit;
    }
    if (value > max) {
      throw new FormatException("number is above " + max);
    }
    return value;
  }
}
