package dev.counterfoil.configuration;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Where a Unix socket lies. The kernel holds at most {@link #BYTES_MAX} bytes of path (unix(7),
 * {@code sun_path}), which is refused here and not at the first connection.
 *
 * @param path the absolute path
 */
public record UnixSocketPath(Path path) {
  /** Longest path in bytes: 108 with the closing zero. */
  public static final int BYTES_MAX = 107;

  public UnixSocketPath {
    int length = path.toString().getBytes(StandardCharsets.UTF_8).length;
    if (length > BYTES_MAX) {
      throw new IllegalArgumentException(
          "path of a Unix socket has "
              + length
              + " bytes, at most "
              + BYTES_MAX
              + " are allowed. Choose a shorter data folder");
    }
  }

  @Override
  public String toString() {
    return path.toString();
  }
}
