package dev.counterfoil.disclosure.advisories;

import dev.counterfoil.log.disk.FileDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A folder that is replaced as a whole. {@code current} is a link to the folder that counts; a new
 * one is written beside it, made durable, and the link is renamed onto the old one, which is atomic
 * on POSIX. After a crash the old content stands, or the new one, and never a mixture; what the
 * crash left is removed by the next who publishes. A web server serves what {@code current} points
 * to.
 */
public final class SiteFolder implements AutoCloseable {
  /** The link that a web server follows. */
  public static final String CURRENT = "current";

  /** Most bytes of one site that are read back. */
  private static final long BYTES_MAX = 1L << 30;

  private static final String LOCK = ".lock";
  private static final String NEW_LINK = ".current";
  private static final String PREFIX = "site-";

  private final Path folder;
  private final FileChannel lock;

  private SiteFolder(Path folder, FileChannel lock) {
    this.folder = folder;
    this.lock = lock;
  }

  /**
   * Opens a folder for one who publishes, alone.
   *
   * @throws IOException also where another process publishes to it now
   */
  public static SiteFolder open(Path folder) throws IOException {
    Files.createDirectories(folder);
    FileChannel channel =
        FileChannel.open(folder.resolve(LOCK), StandardOpenOption.WRITE, StandardOpenOption.CREATE);
    FileDisk.lock(channel, folder + ": another process publishes to it now");
    return new SiteFolder(folder, channel);
  }

  /** The files of the site that counts, by path; none where nothing was published. */
  public SortedMap<String, byte[]> read() throws IOException {
    SortedMap<String, byte[]> files = new TreeMap<>();
    Path current = folder.resolve(CURRENT);
    if (!Files.isDirectory(current)) {
      return files;
    }
    Path top = current.toRealPath();
    long bytes = 0;
    try (Stream<Path> found = Files.walk(top)) {
      for (Path file : (Iterable<Path>) found.filter(Files::isRegularFile)::iterator) {
        bytes += Files.size(file);
        if (bytes > BYTES_MAX) {
          throw new FileSystemException(folder + ": what is published is longer than 1 GiB");
        }
        files.put(top.relativize(file).toString(), Files.readAllBytes(file));
      }
    }
    return files;
  }

  /** Replaces all that is published. */
  public void publish(Map<String, byte[]> files) throws IOException {
    removeLeftovers();
    long number = numbered().map(SiteFolder::number).max(Comparator.naturalOrder()).orElse(0L) + 1;
    Path fresh = Files.createDirectory(folder.resolve(PREFIX + number));
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      Path target = fresh.resolve(file.getKey()).normalize();
      if (!target.startsWith(fresh)) {
        throw new IllegalArgumentException("a file of a site lies in it");
      }
      Files.createDirectories(parent(target));
      try (FileChannel out =
          FileChannel.open(target, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
        ByteBuffer content = ByteBuffer.wrap(file.getValue());
        while (content.hasRemaining()) {
          out.write(content);
        }
        out.force(true);
      }
    }
    try (Stream<Path> all = Files.walk(fresh)) {
      for (Path written : all.filter(Files::isDirectory).toList()) {
        FileDisk.sync(written);
      }
    }
    FileDisk.sync(folder);
    Path link = folder.resolve(NEW_LINK);
    Files.deleteIfExists(link);
    Files.createSymbolicLink(link, Path.of(PREFIX + number));
    Files.move(link, folder.resolve(CURRENT), StandardCopyOption.ATOMIC_MOVE);
    FileDisk.sync(folder);
    removeLeftovers();
  }

  private static Path parent(Path file) {
    return Optional.ofNullable(file.getParent()).orElseThrow();
  }

  private Stream<Path> numbered() throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .filter(entry -> String.valueOf(entry.getFileName()).matches(PREFIX + "[0-9]{1,18}"))
          .toList()
          .stream();
    }
  }

  private static long number(Path site) {
    return Long.parseLong(String.valueOf(site.getFileName()).substring(PREFIX.length()));
  }

  /** Removes every folder but the one that counts, and the one before it for slow readers. */
  private void removeLeftovers() throws IOException {
    Path current = folder.resolve(CURRENT);
    boolean isFirst = !Files.exists(current, LinkOption.NOFOLLOW_LINKS);
    long counts = isFirst ? 0 : number(Files.readSymbolicLink(current));
    for (Path site : numbered().toList()) {
      if (isFirst || number(site) > counts || number(site) < counts - 1) {
        FileDisk.remove(site);
      }
    }
  }

  @Override
  public void close() throws IOException {
    lock.close();
  }
}
