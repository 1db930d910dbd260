package dev.counterfoil.audit.restore;

import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.FileDisk;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Objects;

/**
 * The folder in which a restore makes everything, beside the one that it becomes. It has copies of
 * keys in it: none is left behind. Belongs to one thread.
 */
final class RestoringFolder implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(RestoringFolder.class.getName());
  private static final String BESIDE = ".restoring-audit";

  private final Path path;

  /** Says to another restore, and to a start, that this one is under way. */
  private final Disk.DiskLock lock;

  private boolean isDone;

  private RestoringFolder(Path path, Disk.DiskLock lock) {
    this.path = path;
    this.lock = lock;
  }

  /** Makes one, and removes what killed restores left. */
  static RestoringFolder of(Path target) throws IOException {
    Path parent = Objects.requireNonNullElse(target.toAbsolutePath().getParent(), target);
    removeLeftOver(parent);
    Path path = Files.createTempDirectory(parent, BESIDE);
    return new RestoringFolder(path, FileDisk.privateFolder(path).lock());
  }

  /** See {@link AuditRestore#removeLeftOver}. */
  static void removeLeftOver(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (DirectoryStream<Path> some = Files.newDirectoryStream(folder, BESIDE + "*")) {
      for (Path one : some) {
        if (Files.isDirectory(one, LinkOption.NOFOLLOW_LINKS)) {
          removeUnlessUnderWay(one);
        }
      }
    }
  }

  private static void removeUnlessUnderWay(Path one) {
    try (Disk.DiskLock _ = FileDisk.privateFolder(one).lock()) {
      FileDisk.remove(one);
    } catch (Disk.FolderInUseException e) {
      LOG.log(System.Logger.Level.DEBUG, "a restore is under way in {0}", one);
    } catch (IOException e) {
      // Another user's: no reason not to start.
      LOG.log(
          System.Logger.Level.WARNING,
          "{0}, which a killed restore left with copies of keys in it, cannot be removed: remove it ({1})",
          one,
          e.getMessage());
    }
  }

  Path path() {
    return path;
  }

  /** Gives it its name, durably. It is locked until it has it. */
  void become(Path target) throws IOException {
    FileDisk.sync(path);
    Files.move(path, target, StandardCopyOption.ATOMIC_MOVE);
    isDone = true;
    Files.delete(target.resolve(FileDisk.LOCK));
    lock.close();
    FileDisk.sync(target);
    Path parent = target.toAbsolutePath().getParent();
    if (parent != null) {
      FileDisk.sync(parent);
    }
  }

  /** Leaves nothing of one that did not get its name. */
  @Override
  public void close() throws IOException {
    if (!isDone) {
      FileDisk.remove(path);
      lock.close();
    }
  }
}
