package dev.counterfoil.cli.command;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads a file that a command was given, and no more of it than it may have. */
public final class BoundedFile {
  private BoundedFile() {}

  /** The whole content; a longer file ends the command. */
  public static byte[] read(Path file, int bytesMax) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] content = in.readNBytes(bytesMax + 1);
      if (content.length > bytesMax) {
        throw CommandFailure.environment(file + " is longer than " + bytesMax + " bytes");
      }
      return content;
    }
  }
}
