package dev.counterfoil.signer;

/** The process must not start so; the message says what to do about it, the code how it ends. */
final class StartRefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  private final ExitCode exit;

  StartRefusedException(ExitCode exit, String message) {
    super(message);
    this.exit = exit;
  }

  StartRefusedException(ExitCode exit, String message, Throwable cause) {
    super(message, cause);
    this.exit = exit;
  }

  ExitCode exit() {
    return exit;
  }
}
