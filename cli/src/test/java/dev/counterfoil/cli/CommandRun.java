package dev.counterfoil.cli;

import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.StrictJson;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** A command that was run inside the test, and what it printed. */
record CommandRun(int exitCode, String out) {
  static CommandRun of(Object... arguments) {
    String[] words = new String[arguments.length];
    for (int i = 0; i < words.length; i++) {
      words[i] = arguments[i].toString();
    }
    PrintStream before = System.out;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    try {
      int exitCode = Counterfoil.commandLine().execute(words);
      return new CommandRun(exitCode, out.toString(StandardCharsets.UTF_8));
    } finally {
      System.setOut(before);
    }
  }

  JsonObject json() {
    try {
      return StrictJson.object(out.strip().getBytes(StandardCharsets.UTF_8), 1 << 20);
    } catch (FormatException e) {
      throw new AssertionError("not JSON: " + out, e);
    }
  }
}
