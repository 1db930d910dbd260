package dev.counterfoil.cli.command;

import dev.counterfoil.format.bytes.JsonObject;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What {@code --json} prints, of every command: objects, each on a line of its own. All of them go
 * through here, but for tokens and events, which are texts already ({@link Shown#ascii}).
 */
public final class JsonLine {
  private JsonLine() {}

  /** Prints an answer. */
  public static void print(JsonObject answer) {
    print(System.out, answer);
  }

  /** Prints an answer to a stream that stands for standard output. */
  public static void print(PrintStream out, JsonObject answer) {
    out.println(answer.toString());
  }

  /**
   * Prints an answer that another module wrote.
   *
   * @param answer a JSON object without line ends
   */
  public static void print(String answer) {
    if (!answer.startsWith("{") || answer.indexOf('\n') >= 0) {
      throw new IllegalArgumentException("want a JSON object on one line");
    }
    System.out.println(answer);
  }

  /** Whether a command was called with {@code --json}, also where the call was wrong. */
  public static boolean isAsked(List<String> arguments) {
    return arguments.contains("--json");
  }

  /**
   * Tells a failure.
   *
   * @param err standard error
   * @param cause of a defect, with where it happened; null for what a user can mend
   */
  public static void fail(
      PrintWriter err, String message, int exitCode, @Nullable Throwable cause) {
    JsonObject.Builder failure =
        JsonObject.builder().put("error", message).put("exit_code", exitCode);
    if (cause != null) {
      StringWriter trace = new StringWriter();
      cause.printStackTrace(new PrintWriter(trace, true));
      failure.put("trace", trace.toString());
    }
    err.println(failure.build());
    err.flush();
  }
}
