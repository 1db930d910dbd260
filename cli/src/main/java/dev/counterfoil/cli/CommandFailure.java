package dev.counterfoil.cli;

/**
 * A command that ends with a message for its user and an exit code. The message says what to do
 * next.
 */
final class CommandFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int exitCode;

  private CommandFailure(int exitCode, String message) {
    super(message);
    this.exitCode = exitCode;
  }

  static CommandFailure environment(String message) {
    return new CommandFailure(ExitCode.ENVIRONMENT, message);
  }

  /** It was asked, and the answer is no. */
  static CommandFailure no(String message) {
    return new CommandFailure(ExitCode.NO, message);
  }

  static CommandFailure unavailable(String message) {
    return new CommandFailure(ExitCode.UNAVAILABLE, message);
  }

  int exitCode() {
    return exitCode;
  }
}
