package dev.counterfoil.cli;

import dev.counterfoil.cli.manual.Manual;
import java.io.IOException;
import java.nio.file.Path;

/** Writes man pages and completion into a distribution, as the build asks: {@code FOLDER}. */
public final class ManualMain {
  private ManualMain() {}

  /** Writes them. */
  public static void main(String[] arguments) throws IOException {
    new Manual(Path.of(arguments[0])).write(CounterfoilCommand.commandLine());
  }
}
