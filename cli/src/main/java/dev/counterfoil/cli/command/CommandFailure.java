package dev.counterfoil.cli.command;

import java.io.IOException;

/**
 * A command that ends with a message for its user and an exit code. The message says what to do
 * next.
 */
public class CommandFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int exitCode;

  protected CommandFailure(int exitCode, String message) {
    super(message);
    this.exitCode = exitCode;
  }

  public static CommandFailure environment(String message) {
    return new CommandFailure(ExitCode.ENVIRONMENT, message);
  }

  /** It was asked, and the answer is no. */
  public static CommandFailure no(String message) {
    return new CommandFailure(ExitCode.NO, message);
  }

  public static CommandFailure unavailable(String message) {
    return new CommandFailure(ExitCode.UNAVAILABLE, message);
  }

  /** What an exception says; one of the JDK's HTTP client may say nothing but its kind. */
  public static String reason(IOException e) {
    String message = e.getMessage();
    return message == null ? e.getClass().getSimpleName() : message;
  }

  public final int exitCode() {
    return exitCode;
  }
}
