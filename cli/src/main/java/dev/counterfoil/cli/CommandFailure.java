package dev.counterfoil.cli;

import java.io.IOException;

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

  /** What an exception says; one of the JDK's HTTP client may say nothing but its kind. */
  static String reason(IOException e) {
    String message = e.getMessage();
    return message == null ? e.getClass().getSimpleName() : message;
  }

  int exitCode() {
    return exitCode;
  }
}
