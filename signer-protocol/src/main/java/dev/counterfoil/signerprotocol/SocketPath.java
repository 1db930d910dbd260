package dev.counterfoil.signerprotocol;

import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The path of a Unix socket, which the kernel limits to 107 bytes (unix(7)). */
public final class SocketPath {
  /** Most bytes of a path. */
  public static final int BYTES_MAX = 107;

  private SocketPath() {}

  /**
   * The address of a path.
   *
   * @throws IllegalArgumentException when the path is too long, with what to do about it
   */
  public static UnixDomainSocketAddress address(Path path) {
    int length = path.toString().getBytes(StandardCharsets.UTF_8).length;
    if (length > BYTES_MAX) {
      throw new IllegalArgumentException(
          "the path of the socket "
              + path
              + " has "
              + length
              + " bytes and Unix sockets take at most "
              + BYTES_MAX
              + ": choose a shorter data folder");
    }
    return UnixDomainSocketAddress.of(path);
  }
}
