package dev.counterfoil.configuration;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
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

  private static final Set<PosixFilePermission> CREDENTIAL =
      PosixFilePermissions.fromString("r--r-----");

  private final Path path;

  private SecretFile(Path path) {
    this.path = path;
  }

  /**
   * Refers to a file that is there and closed to others.
   *
   * @throws IOException when it is missing, no regular file, too long, or open to others; the
   *     message says what to do
   */
  public static SecretFile at(Path path) throws IOException {
    SecretFile file = new SecretFile(path);
    file.check();
    return file;
  }

  private void check() throws IOException {
    if (!Files.isRegularFile(path)) {
      throw new IOException("secret file " + path + " is missing or no regular file");
    }
    Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(path);
    if (isCredential() && permissions.equals(CREDENTIAL)) {
      return;
    }
    if (permissions.stream().anyMatch(OPEN_TO_OTHERS::contains)) {
      throw new IOException(
          "secret file "
              + path
              + " is open to others ("
              + PosixFilePermissions.toString(permissions)
              + "): run chmod 600 on it, and change the secret if others may have read it");
    }
  }

  /**
   * Whether the service manager laid it into this process's own folder of credentials. Its files
   * belong to root and its access control list names the process's user alone, which shows as a
   * group's right to read (systemd.exec(5), CREDENTIALS).
   */
  private boolean isCredential() throws IOException {
    String folder = System.getenv("CREDENTIALS_DIRECTORY");
    return folder != null
        && path.startsWith(Path.of(folder))
        && Files.getAttribute(path, "unix:uid").equals(0)
        && Files.getAttribute(path, "unix:gid").equals(0);
  }

  /** Where the file lies. */
  public Path path() {
    return path;
  }

  /** Reads the secret; the caller zeroes the array when done. */
  public byte[] read() throws IOException {
    check();
    try (InputStream in = Files.newInputStream(path)) {
      byte[] secret = in.readNBytes(BYTES_MAX + 1);
      if (secret.length > BYTES_MAX) {
        throw new IOException("secret file " + path + " is longer than " + BYTES_MAX + " bytes");
      }
      return secret;
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
