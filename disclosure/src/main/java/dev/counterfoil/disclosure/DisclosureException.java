package dev.counterfoil.disclosure;

/**
 * A notice or statement that must not be believed, or must not be published. The message says which
 * rule it breaks.
 */
public final class DisclosureException extends Exception {
  private static final long serialVersionUID = 1L;

  public DisclosureException(String message) {
    super(message);
  }

  public DisclosureException(String message, Throwable cause) {
    super(message, cause);
  }
}
