package dev.counterfoil.cli.command;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;

/** Reads a token from a file or standard input. */
public final class TokenFile {
  /** Longest input accepted, in bytes. */
  public static final int BYTES_MAX = 64 * 1024;

  private TokenFile() {}

  /** Reads a file again each time that it is asked, so that it may be renewed; input once. */
  public static Supplier<String> again(String name) {
    String first = read(name);
    return name.equals("-") ? () -> first : () -> read(name);
  }

  /**
   * The first line of a file.
   *
   * @param name of the file, or {@code -} for standard input
   */
  public static String read(String name) {
    try (InputStream in = name.equals("-") ? System.in : Files.newInputStream(Path.of(name))) {
      byte[] bytes = in.readNBytes(BYTES_MAX + 1);
      if (bytes.length > BYTES_MAX) {
        throw CommandFailure.environment(
            name + " is longer than " + BYTES_MAX + " bytes, so it is not a token");
      }
      String token = new String(bytes, StandardCharsets.US_ASCII).strip();
      if (token.isEmpty()) {
        throw CommandFailure.environment(name + " is empty. It must contain a token");
      }
      return token;
    } catch (IOException e) {
      throw CommandFailure.environment(
          "cannot read " + name + ": there is no such file, or it is not readable");
    }
  }
}
