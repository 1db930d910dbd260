package dev.counterfoil.installation;

/** An installation that did not start; the message says what to do next. */
public final class InstallationException extends Exception {
  private static final long serialVersionUID = 1L;

  public InstallationException(String message) {
    super(message);
  }

  public InstallationException(String message, Throwable cause) {
    super(message, cause);
  }
}
