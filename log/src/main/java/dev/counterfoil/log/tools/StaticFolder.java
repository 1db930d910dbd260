package dev.counterfoil.log.tools;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.tree.Tile;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.disk.LogDamagedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/**
 * The files of a static copy. A tile's file is written whole under a name that no reader asks for,
 * made durable, and linked to its own name, which fails where there is a file: so it is complete
 * from its first moment on and never another. Needs a file system with hard links.
 */
final class StaticFolder implements AutoCloseable {
  /** Names that begin with a dot are for this process only. */
  private static final String TEMPORARY = ".new";

  private static final String LOCK = ".lock";

  private final Path folder;
  private final FileChannel lock;
  private final Set<Path> unsynced = new LinkedHashSet<>();
  private final long[] partialsRemoved = new long[Tile.LEVEL_MAX + 2];
  private long filesWritten;

  private StaticFolder(Path folder, FileChannel lock) {
    this.folder = folder;
    this.lock = lock;
  }

  static StaticFolder open(Path folder) throws IOException {
    Files.createDirectories(folder);
    FileChannel channel =
        FileChannel.open(folder.resolve(LOCK), StandardOpenOption.WRITE, StandardOpenOption.CREATE);
    FileDisk.lock(channel, "another process publishes to " + folder);
    return new StaticFolder(folder, channel);
  }

  /** Files that were added by this object. */
  long filesWritten() {
    return filesWritten;
  }

  /**
   * Writes a tile or bundle, once. One that is there already must be the same.
   *
   * @throws LogDamagedException when the bytes are not as many as the tile has hashes, or another
   *     tile stands there
   */
  void write(Tile tile, byte[] content) throws IOException {
    if (tile.level() != Tile.ENTRIES && content.length != tile.width() * Hash.BYTES) {
      throw new LogDamagedException(
          "%s would have %d bytes, not %d: it is not published"
              .formatted(tile.path(), content.length, tile.width() * Hash.BYTES));
    }
    Path target = folder.resolve(tile.path());
    Path parent = Optional.ofNullable(target.getParent()).orElse(folder);
    createFolders(parent);
    Path temporary = folder.resolve(TEMPORARY);
    writeDurably(temporary, content);
    try {
      Files.createLink(target, temporary);
      unsynced.add(parent);
      filesWritten++;
    } catch (FileAlreadyExistsException e) {
      if (!Arrays.equals(Files.readAllBytes(target), content)) {
        throw new LogDamagedException(
            "%s is not what the log makes of it: it was changed, or a machine lost it; remove it and publish again"
                .formatted(target),
            e);
      }
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  /** Creates folders from the top down, each to be made durable in its parent. */
  private void createFolders(Path wanted) throws IOException {
    if (Files.isDirectory(wanted)) {
      return;
    }
    Path parent = Optional.ofNullable(wanted.getParent()).orElse(folder);
    createFolders(parent);
    Files.createDirectory(wanted);
    unsynced.add(parent);
  }

  /** Replaces a small file atomically and durably. */
  void replace(String name, byte[] content) throws IOException {
    Path temporary = folder.resolve(TEMPORARY);
    writeDurably(temporary, content);
    Files.move(temporary, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    FileDisk.sync(folder);
  }

  /** Makes the names durable that were added since the last time. */
  void syncFolders() throws IOException {
    for (Path added : unsynced) {
      FileDisk.sync(added);
    }
    unsynced.clear();
  }

  /** Removes the partial tiles of the first tiles of a level, whose full ones are there. */
  void removePartials(int level, long fullTiles) throws IOException {
    long from = partialsRemoved[level + 1];
    for (long index = from; index < fullTiles; index++) {
      Tile full = new Tile(level, index, Tile.FULL_WIDTH);
      Path partials = folder.resolve(full.path() + ".p");
      if (Files.exists(folder.resolve(full.path()))) {
        removeFiles(partials);
      }
    }
    // The last one again next time: another process may have begun before this one.
    partialsRemoved[level + 1] = fullTiles;
  }

  private static void removeFiles(Path partials) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(partials)) {
      for (Path file : files) {
        Files.delete(file);
      }
    } catch (NoSuchFileException e) {
      return;
    }
    Files.delete(partials);
  }

  private static void writeDurably(Path file, byte[] content) throws IOException {
    // What a crash left may be linked to a tile already: it is removed, never written to.
    Files.deleteIfExists(file);
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
      ByteBuffer bytes = ByteBuffer.wrap(content);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
  }

  @Override
  public void close() throws IOException {
    lock.close();
  }

  @Override
  public String toString() {
    return folder.toString();
  }
}
