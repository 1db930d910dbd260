package dev.counterfoil.auditclient;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** A folder of a POSIX file system that its owner alone can read, as a {@link SpoolDisk}. */
final class SpoolFolder implements SpoolDisk {
  private static final System.Logger LOG = System.getLogger(SpoolFolder.class.getName());
  private static final FileAttribute<Set<PosixFilePermission>> OWNERS =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  private final Path folder;

  private SpoolFolder(Path folder) {
    this.folder = folder;
  }

  /** Creates the folder when it is missing. */
  static SpoolFolder of(Path folder) throws IOException {
    Files.createDirectories(
        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    return new SpoolFolder(folder);
  }

  @Override
  public List<String> names() throws IOException {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
      for (Path entry : entries) {
        names.add(String.valueOf(entry.getFileName()));
      }
    }
    return names;
  }

  private FileChannel create(String name) throws IOException {
    return FileChannel.open(
        folder.resolve(name),
        Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
        OWNERS);
  }

  @Override
  public SpoolFile open(String name) throws IOException {
    return new OpenFile(create(name));
  }

  @Override
  public SpoolFile openToRead(String name) throws IOException {
    return new OpenFile(FileChannel.open(folder.resolve(name), StandardOpenOption.READ));
  }

  @Override
  public void createZeroed(String name, int sizeBytes) throws IOException {
    try (FileChannel channel = create(name)) {
      channel.truncate(0);
      writeFully(channel, ByteBuffer.allocate(sizeBytes), 0);
      channel.force(true);
    }
    syncNames();
  }

  @Override
  public void rename(String from, String to) throws IOException {
    move(from, to);
    syncNames();
  }

  private void move(String from, String to) throws IOException {
    Files.move(
        folder.resolve(from),
        folder.resolve(to),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }

  @Override
  public void delete(String name) throws IOException {
    if (Files.deleteIfExists(folder.resolve(name))) {
      syncNames();
    }
  }

  @Override
  public void syncNames() throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  @Override
  public void replace(String name, byte[] content) throws IOException {
    written(name, content, true);
    syncNames();
  }

  @Override
  public void publish(String name, byte[] content) throws IOException {
    written(name, content, false);
  }

  private void written(String name, byte[] content, boolean isSynced) throws IOException {
    String fresh = name + ".new";
    try (FileChannel channel = create(fresh)) {
      channel.truncate(0);
      writeFully(channel, ByteBuffer.wrap(content), 0);
      if (isSynced) {
        channel.force(true);
      }
    }
    move(fresh, name);
  }

  @Override
  public Closeable lock() throws IOException {
    FileChannel channel = create("lock");
    try {
      FileLock taken = channel.tryLock();
      if (taken != null) {
        return channel;
      }
    } catch (OverlappingFileLockException e) {
      LOG.log(System.Logger.Level.DEBUG, "{0} is locked by this process", folder);
    }
    channel.close();
    throw new IOException("the audit spool in " + folder + " belongs to another process");
  }

  private static void writeFully(FileChannel channel, ByteBuffer buffer, long offset)
      throws IOException {
    long at = offset;
    while (buffer.hasRemaining()) {
      at += channel.write(buffer, at);
    }
  }

  @Override
  public String toString() {
    return folder.toString();
  }

  private static final class OpenFile implements SpoolFile {
    private final FileChannel channel;

    OpenFile(FileChannel channel) {
      this.channel = channel;
    }

    @Override
    public void write(ByteBuffer source, long offset) throws IOException {
      writeFully(channel, source, offset);
    }

    @Override
    public int read(ByteBuffer target, long offset) throws IOException {
      int total = 0;
      while (target.hasRemaining()) {
        int count = channel.read(target, offset + total);
        if (count < 0) {
          break;
        }
        total += count;
      }
      return total;
    }

    @Override
    public void truncate(long sizeBytes) throws IOException {
      channel.truncate(sizeBytes);
    }

    @Override
    public void sync() throws IOException {
      channel.force(false);
    }

    @Override
    public long sizeBytes() throws IOException {
      return channel.size();
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
