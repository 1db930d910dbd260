package dev.counterfoil.cli.command;

import dev.counterfoil.assess.fetch.AssessmentException;
import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.installation.InstallationException;
import dev.counterfoil.operations.OperatorException;
import dev.counterfoil.operations.containment.SuspectSigners;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.Optional;

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

  /** What a failure of another module's means here; empty for a defect. */
  public static Optional<CommandFailure> of(Exception e) {
    String message = String.valueOf(e.getMessage());
    return switch (e) {
      case CommandFailure failure -> Optional.of(failure);
      case OperatorException asked when asked.isRefused() -> Optional.of(no(message));
      case OperatorException _ -> Optional.of(unavailable(message));
      case SuspectSigners.UnclearException _,
          ConfigurationException _,
          InstallationException _,
          AssessmentException _,
          FormatException _ ->
          Optional.of(environment(message));
      case NoSuchFileException missing ->
          Optional.of(environment("there is no file " + missing.getFile()));
      case AccessDeniedException denied ->
          Optional.of(environment("this user may not open " + denied.getFile()));
      case FileAlreadyExistsException there ->
          Optional.of(environment(there.getFile() + " exists already"));
      // A full disk has room again some day: a service manager tries again.
      case IOException failed -> Optional.of(unavailable(reason(failed)));
      default -> Optional.empty();
    };
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
