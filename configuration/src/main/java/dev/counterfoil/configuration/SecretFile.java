package dev.counterfoil.configuration;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * A reference to a file that holds a secret. The secret is read when it is needed and never held
 * here; a file that others than its owner can read or write is refused.
 */
public final class SecretFile {
  /** Longest secret accepted, in bytes. */
  public static final int BYTES_MAX = 64 * 1024;

  private static final Set<PosixFilePermission> OPEN_TO_OTHERS =
      EnumSet.of(
          PosixFilePermission.GROUP_READ,
          PosixFilePermission.GROUP_WRITE,
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE);

  /** Where systemd shows a service its credentials (systemd.exec(5)). */
  private static final String CREDENTIALS_DIRECTORY = "CREDENTIALS_DIRECTORY";

  /** Where it lays those of system services, a folder for each; commands of root read them too. */
  private static final Path SYSTEM_CREDENTIALS = Path.of("/run/credentials");

  private final Path path;

  /** Who besides its owner must not have it. */
  private final Set<PosixFilePermission> closed;

  private SecretFile(Path path, Set<PosixFilePermission> closed) {
    this.path = path;
    this.closed = closed;
  }

  /**
   * Refers to a file that is there and closed to others.
   *
   * @throws IOException when it is missing, no regular file, too long, or open to others; the
   *     message says what to do
   */
  public static SecretFile at(Path path) throws IOException {
    String credentials = System.getenv(CREDENTIALS_DIRECTORY);
    return at(path, Optional.ofNullable(credentials).map(Path::of));
  }

  /**
   * The same where a service manager shows credentials in a folder. A file of it belongs to root,
   * and one more entry lets the service read it, which looks like a right of the group
   * (systemd.exec(5), CREDENTIALS).
   */
  static SecretFile at(Path path, Optional<Path> credentials) throws IOException {
    Set<PosixFilePermission> closed = EnumSet.copyOf(OPEN_TO_OTHERS);
    if (isCredential(path, credentials)) {
      closed.remove(PosixFilePermission.GROUP_READ);
    }
    SecretFile file = new SecretFile(path, Set.copyOf(closed));
    file.check();
    return file;
  }

  private void check() throws IOException {
    if (!Files.isRegularFile(path)) {
      throw new IOException("secret file " + path + " is missing or not a regular file");
    }
    Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(path);
    if (permissions.stream().anyMatch(closed::contains)) {
      throw new IOException(
          "secret file "
              + path
              + " is open to others ("
              + PosixFilePermissions.toString(permissions)
              + "). Run chmod 600 on it, and change the secret if others may have read it");
    }
    if (!Files.isReadable(path)) {
      throw new IOException(
          "secret file "
              + path
              + " belongs to "
              + Files.getOwner(path)
              + ", and this process's user cannot read it. Make that user its owner (chown)");
    }
  }

  static boolean isCredential(Path path, Optional<Path> credentials) {
    Path folder = path.toAbsolutePath().normalize().getParent();
    return folder != null
        && (credentials.filter(folder::equals).isPresent()
            || SYSTEM_CREDENTIALS.equals(folder.getParent()));
  }

  /** Where the file lies. */
  public Path path() {
    return path;
  }

  /**
   * Reads the secret; the caller zeroes the array when done. It is the only copy that is left: a
   * stream would keep another one in a buffer of its own.
   */
  public byte[] read() throws IOException {
    check();
    try (FileChannel file = FileChannel.open(path)) {
      ByteBuffer buffer = ByteBuffer.allocateDirect(BYTES_MAX + 1);
      try {
        while (buffer.hasRemaining() && file.read(buffer) >= 0) {
          // Until its end.
        }
        if (buffer.position() > BYTES_MAX) {
          throw new IOException("secret file " + path + " is longer than " + BYTES_MAX + " bytes");
        }
        byte[] secret = new byte[buffer.position()];
        buffer.flip().get(secret);
        return secret;
      } finally {
        buffer.clear();
        while (buffer.hasRemaining()) {
          buffer.put((byte) 0);
        }
      }
    }
  }

  /** Reads a secret that is text, without the line end that editors leave behind it. */
  public String readText() throws IOException {
    return new String(read(), StandardCharsets.UTF_8).stripTrailing();
  }

  /** Names the file, never what it holds. */
  @Override
  public String toString() {
    return "SecretFile[" + path + "]";
  }
}
