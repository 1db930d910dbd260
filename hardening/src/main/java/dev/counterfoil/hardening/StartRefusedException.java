package dev.counterfoil.hardening;

/** The process must not start so; the message says what to do about it, the code how it ends. */
public final class StartRefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  private final ProcessExitCode exit;

  public StartRefusedException(ProcessExitCode exit, String message) {
    super(message);
    this.exit = exit;
  }

  public StartRefusedException(ProcessExitCode exit, String message, Throwable cause) {
    super(message, cause);
    this.exit = exit;
  }

  public ProcessExitCode exit() {
    return exit;
  }
}
