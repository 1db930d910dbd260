package dev.counterfoil.drills.run;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/**
 * A fresh folder that one run of a drill made, and that ends with it. Its marker names the process
 * that made it, so that code which may only touch a throwaway installation can tell one from any
 * other folder.
 */
public final class DrillFolder implements AutoCloseable {
  /** Name of the marker file. */
  static final String MARKER = "counterfoil-drill";

  private static final int STARTED = 22;
  private static final int DELETIONS_MAX = 30;
  private static final Duration DELETE_AGAIN_AFTER = Duration.ofMillis(100);

  private final Path path;

  private DrillFolder(Path path) {
    this.path = path;
  }

  /**
   * Makes one.
   *
   * @param parent an existing folder, short enough for socket paths below it, that other users may
   *     pass through
   */
  public static DrillFolder make(Path parent, SecureRandom random) throws IOException {
    byte[] name = new byte[4];
    random.nextBytes(name);
    Path path =
        Files.createDirectory(
            parent.toAbsolutePath().resolve("cf-drill-" + HexFormat.of().formatHex(name)),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    // The mail server's users pass through; they cannot list.
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx--x--x"));
    Files.createFile(
        path.resolve(MARKER),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(path.resolve(MARKER), owner(ProcessHandle.current()));
    return new DrillFolder(path);
  }

  /** The folder. */
  public Path path() {
    return path;
  }

  /**
   * Refuses any path that does not lie in a folder which the drill that started this process made.
   *
   * @param folder the marked folder itself
   * @throws IOException when it carries no marker, or the marker of a drill that is not this
   *     process or its parent
   */
  public static void requireOfThisDrill(Path folder) throws IOException {
    Path marker = folder.resolve(MARKER);
    if (!Files.isRegularFile(marker, LinkOption.NOFOLLOW_LINKS)) {
      throw new IOException("not a drill's folder: " + folder);
    }
    String made = Files.readString(marker);
    ProcessHandle self = ProcessHandle.current();
    List<String> allowed = new ArrayList<>(List.of(owner(self)));
    if (self.parent().isPresent()) {
      allowed.add(owner(self.parent().get()));
    }
    if (!allowed.contains(made)) {
      throw new IOException("a folder of another drill, or of one that has ended: " + folder);
    }
  }

  /**
   * A process by its number and its start, in clock ticks since boot (proc_pid_stat(5), field 22),
   * since numbers come again.
   */
  private static String owner(ProcessHandle process) throws IOException {
    String stat = Files.readString(Path.of("/proc", Long.toString(process.pid()), "stat"));
    // The second field, the program's name in parentheses, may hold anything.
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return process.pid() + " " + fields[STARTED - 3] + "\n";
  }

  /**
   * Deletes it with everything in it. A process that is ending may still write while this walks, so
   * it is tried some times.
   */
  @Override
  public synchronized void close() throws IOException {
    for (int left = DELETIONS_MAX; ; left--) {
      try {
        deleteTree(path);
        return;
      } catch (DirectoryNotEmptyException | NoSuchFileException | UncheckedIOException e) {
        if (left == 1) {
          throw new IOException("cannot delete " + path + ": something still writes there", e);
        }
        pause();
      }
    }
  }

  private static void pause() throws IOException {
    try {
      Thread.sleep(DELETE_AGAIN_AFTER);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while a drill's folder was deleted", e);
    }
  }

  public static void deleteTree(Path tree) throws IOException {
    if (!Files.exists(tree, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try (Stream<Path> paths = Files.walk(tree)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
