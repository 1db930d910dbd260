package dev.counterfoil.installation.layout;

import dev.counterfoil.registrar.KeyLogRestore;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Why a process is not reached at its admin socket, for whoever asks: it does not run, or this user
 * may not, and then which users may.
 */
public final class SocketReach {
  /** A process that refuses its peer says so and ends the connection. */
  private static final Duration CLOSED_WITHIN = Duration.ofSeconds(1);

  private static final Duration LOOK_EVERY = Duration.ofMillis(10);

  private SocketReach() {}

  /**
   * Why this user cannot connect whatever the process does: a folder or the socket is for others.
   * Empty where the files let this user through, or there is no socket.
   */
  public static Optional<String> denied(Path socket) {
    Path absolute = socket.toAbsolutePath().normalize();
    Path folder = Optional.ofNullable(absolute.getRoot()).orElse(absolute);
    for (Path step : absolute) {
      if (!Files.isExecutable(folder)) {
        return Files.exists(folder)
            ? Optional.of(mayNot(folder, PosixFilePermission.GROUP_EXECUTE))
            : Optional.empty();
      }
      folder = folder.resolve(step);
    }
    return Files.exists(absolute) && !Files.isWritable(absolute)
        ? Optional.of(mayNot(absolute, PosixFilePermission.GROUP_WRITE))
        : Optional.empty();
  }

  private static String mayNot(Path file, PosixFilePermission ofGroup) {
    String user = System.getProperty("user.name");
    try {
      PosixFileAttributes attributes = Files.readAttributes(file, PosixFileAttributes.class);
      return who(
          user,
          file,
          attributes.owner().getName(),
          attributes.permissions().contains(ofGroup)
              ? Optional.of(attributes.group().getName())
              : Optional.empty());
    } catch (IOException e) {
      return "user " + user + " may not use " + file + ": ask as root";
    }
  }

  /** The sentence: who is asked for, and who asks. */
  static String who(String user, Path file, String owner, Optional<String> group) {
    return ("user %s may not use %s. Only %s%s may. Run the command as one of them, for"
            + " example with sudo")
        .formatted(
            user,
            file,
            owner.equals("root") ? "user root" : "users root and " + owner,
            group.filter(Predicate.not("root"::equals)).map(of -> " and group " + of).orElse(""));
  }

  /** Why a process was not reached; it was tried. */
  public static String why(Path socket) {
    return denied(socket).orElseGet(() -> tried(socket));
  }

  private static String notRunning(String seen, Path socket) {
    Path conflict = socket.resolveSibling(KeyLogRestore.EVIDENCE_FILE);
    if (Files.exists(conflict)) {
      return "it is not running: its key log or a revocation log lost entries or was put back, as "
          + conflict
          + " shows. Bring the entries back with counterfoil keys restore-log, then start it";
    }
    return "it is not running: "
        + seen
        + ". Start it with counterfoil up, or its unit with systemctl start"
        + (socket.toString().contains("registrar")
            ? ". If it ends with code 76, run counterfoil keys restore-log first"
            : "");
  }

  private static String tried(Path socket) {
    if (!Files.exists(socket)) {
      return notRunning("there is no socket " + socket, socket);
    }
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      channel.configureBlocking(false);
      long end = System.nanoTime() + CLOSED_WITHIN.toNanos();
      while (System.nanoTime() - end < 0) {
        if (channel.read(ByteBuffer.allocate(4096)) < 0) {
          return ("it refuses user %s at %s. Only root and the users that admin-users in its"
                  + " configuration names may ask")
              .formatted(System.getProperty("user.name"), socket);
        }
        Thread.sleep(LOOK_EVERY);
      }
      return "it accepts connections at " + socket + " but does not answer. See its log";
    } catch (IOException e) {
      return notRunning("nothing listens at " + socket, socket);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "it does not answer at " + socket;
    }
  }
}
