package dev.counterfoil.format.bytes;

/**
 * Bytes that are not in the format they should have. The message names the rule that was broken and
 * never repeats the input, which may be a secret.
 */
public final class FormatException extends Exception {
  private static final long serialVersionUID = 1L;

  public FormatException(String message) {
    super(message);
  }

  public FormatException(String message, Throwable cause) {
    super(message, cause);
  }
}
