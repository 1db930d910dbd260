package dev.counterfoil.configuration;

/**
 * A configuration that a process must not start with. The message begins with {@code file:line:}
 * where a line is to blame, and says what is allowed there.
 */
public final class ConfigurationException extends Exception {
  private static final long serialVersionUID = 1L;

  public ConfigurationException(String message) {
    super(message);
  }

  public ConfigurationException(String message, Throwable cause) {
    super(message, cause);
  }
}
