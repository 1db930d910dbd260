package dev.counterfoil.cli;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** A command that was run inside the test, and what it printed. */
public record CommandRun(int exitCode, String out, String err) {
  public static CommandRun of(Object... arguments) {
    String[] words = new String[arguments.length];
    for (int i = 0; i < words.length; i++) {
      words[i] = arguments[i].toString();
    }
    PrintStream outBefore = System.out;
    PrintStream errBefore = System.err;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
    try {
      int exitCode = CounterfoilCommand.commandLine().execute(words);
      return new CommandRun(
          exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    } finally {
      System.setOut(outBefore);
      System.setErr(errBefore);
      // What the command said is shown beside the test, as it always was.
      System.err.print(err.toString(StandardCharsets.UTF_8));
    }
  }

  public JsonObject json() {
    try {
      return StrictJson.object(out.strip().getBytes(StandardCharsets.UTF_8), 1 << 20);
    } catch (FormatException e) {
      throw new AssertionError("not JSON: " + out, e);
    }
  }
}
