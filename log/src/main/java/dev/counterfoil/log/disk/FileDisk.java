package dev.counterfoil.log.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** A folder of a POSIX file system as a {@link Disk}. */
public final class FileDisk implements Disk {
  /** The file of a folder that {@link #lock} holds. */
  public static final String LOCK = "lock";

  private static final String TEMPORARY = ".new";

  /**
   * Zeros are written and synced in pieces, so that other syncs on the device wait only shortly.
   */
  private static final int PIECE_BYTES = 1 << 20;

  private final Path folder;
  private final FileAttribute<Set<PosixFilePermission>> permissions;

  /** What the paths led to at first: device and inode. */
  private final Map<Path, Object> found = new ConcurrentHashMap<>();

  private FileDisk(Path folder, String permissions) {
    this.folder = folder;
    this.permissions = filePermissions(permissions);
  }

  /** A folder and files that only their owner can read; the folder is created when missing. */
  public static FileDisk privateFolder(Path folder) throws IOException {
    Files.createDirectories(folder, filePermissions("rwx------"));
    return new FileDisk(folder, "rw-------");
  }

  /** A folder and files that everybody can read; the folder is created when missing. */
  public static FileDisk publicFolder(Path folder) throws IOException {
    Files.createDirectories(folder, filePermissions("rwxr-xr-x"));
    return new FileDisk(folder, "rw-r--r--");
  }

  /** Syncs a folder: names in it are durable only then (open(2), fsync(2)). */
  public static void sync(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** Removes a folder and all that is in it; links are removed and not followed. */
  public static void remove(Path folder) throws IOException {
    List<Path> files;
    try (Stream<Path> walked = Files.walk(folder)) {
      files = walked.sorted(Collections.reverseOrder()).toList();
    }
    for (Path file : files) {
      Files.deleteIfExists(file);
    }
  }

  /** A folder that somebody else writes; it need not exist yet. */
  public static FileDisk toRead(Path folder) {
    return new FileDisk(folder, "r--------");
  }

  private static FileAttribute<Set<PosixFilePermission>> filePermissions(String text) {
    return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(text));
  }

  @Override
  public List<String> names() throws IOException {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
      for (Path entry : entries) {
        names.add(entry.getFileName().toString());
      }
    }
    return names;
  }

  @Override
  public DiskFile open(String name) throws IOException {
    return new OpenFile(
        path(name), Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE), permissions);
  }

  @Override
  public DiskFile openOrCreate(String name) throws IOException {
    boolean isNew = !Files.exists(path(name));
    DiskFile file =
        new OpenFile(
            path(name),
            Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE),
            permissions);
    if (isNew) {
      syncFolder();
    }
    return file;
  }

  @Override
  public DiskFile openToRead(String name) throws IOException {
    return new OpenFile(path(name), Set.of(StandardOpenOption.READ));
  }

  @Override
  public void createZeroed(String name, long sizeBytes) throws IOException {
    ByteBuffer zeros = ByteBuffer.allocateDirect(PIECE_BYTES);
    try (FileChannel channel = createChannel(name)) {
      for (long written = 0; written < sizeBytes; ) {
        zeros.clear().limit((int) Math.min(PIECE_BYTES, sizeBytes - written));
        written += zeros.remaining();
        writeAll(channel, zeros, written - zeros.remaining());
        channel.force(false);
      }
      channel.force(true);
    }
    syncFolder();
  }

  @Override
  public void rename(String from, String to) throws IOException {
    move(from, to);
    syncFolder();
  }

  @Override
  public void delete(String name) throws IOException {
    if (Files.deleteIfExists(path(name))) {
      syncFolder();
    }
  }

  @Override
  public byte[] read(String name, int bytesMax) throws IOException {
    try (FileChannel channel = FileChannel.open(path(name), StandardOpenOption.READ)) {
      long size = channel.size();
      if (size > bytesMax) {
        throw new IOException(path(name) + " is longer than " + bytesMax + " bytes");
      }
      byte[] content = new byte[(int) size];
      if (readAll(channel, ByteBuffer.wrap(content), 0) != content.length) {
        throw new IOException(path(name) + " became shorter while it was read");
      }
      return content;
    }
  }

  @Override
  public void replace(String name, byte[] content) throws IOException {
    try (FileChannel channel = createChannel(name + TEMPORARY)) {
      writeAll(channel, ByteBuffer.wrap(content), 0);
      channel.force(true);
    }
    move(name + TEMPORARY, name);
    syncFolder();
  }

  @Override
  public void publish(String name, byte[] content) throws IOException {
    try (FileChannel channel = createChannel(name + TEMPORARY)) {
      writeAll(channel, ByteBuffer.wrap(content), 0);
    }
    move(name + TEMPORARY, name);
  }

  @Override
  public long freeBytes() throws IOException {
    // Not by the file store, which is looked up in the mount table and not found there inside a
    // chroot. Zero where the folder cannot be asked, so that a fault reads as a full disk.
    return folder.toFile().getUsableSpace();
  }

  @Override
  public void requireInPlace(Optional<String> file) throws IOException {
    requireInPlace(folder);
    if (file.isPresent()) {
      requireInPlace(path(file.get()));
    }
  }

  private void requireInPlace(Path path) throws IOException {
    Object now;
    try {
      now = Files.readAttributes(path, BasicFileAttributes.class).fileKey();
    } catch (NoSuchFileException e) {
      throw new IOException(path + " is gone: it was deleted or renamed, or its disk is away", e);
    }
    Object before = found.putIfAbsent(path, now);
    if (before != null && !before.equals(now)) {
      throw new IOException(path + " was replaced: another one has its path");
    }
  }

  /** By access(2), which asks the mount as well, also for root. */
  @Override
  public void requireWritable() throws IOException {
    if (!Files.isWritable(folder)) {
      throw new IOException(folder + " can no longer be written: its file system is read-only");
    }
  }

  @Override
  public DiskLock lock() throws IOException {
    FileChannel channel =
        FileChannel.open(
            path(LOCK), Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE), permissions);
    lock(
        channel,
        "another process writes to " + folder + ": stop it first (it holds " + path(LOCK) + ")");
    return channel::close;
  }

  /** Locks a file for this process, or closes it and refuses. */
  public static void lock(FileChannel channel, String refusal) throws IOException {
    FileLock lock = null;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      // This process has it: refused below like any other holder.
    } finally {
      if (lock == null) {
        channel.close();
      }
    }
    if (lock == null) {
      throw new FolderInUseException(refusal);
    }
  }

  @Override
  public String toString() {
    return folder.toString();
  }

  private Path path(String name) {
    if (name.isEmpty() || name.indexOf('/') >= 0 || name.startsWith(".")) {
      throw new IllegalArgumentException("not a plain file name");
    }
    return folder.resolve(name);
  }

  private FileChannel createChannel(String name) throws IOException {
    return FileChannel.open(
        path(name),
        Set.of(
            StandardOpenOption.WRITE,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING),
        permissions);
  }

  private void move(String from, String to) throws IOException {
    Files.move(path(from), path(to), StandardCopyOption.ATOMIC_MOVE);
  }

  private void syncFolder() throws IOException {
    sync(folder);
  }

  private static void writeAll(FileChannel channel, ByteBuffer source, long offset)
      throws IOException {
    long at = offset;
    while (source.hasRemaining()) {
      at += channel.write(source, at);
    }
  }

  private static int readAll(FileChannel channel, ByteBuffer target, long offset)
      throws IOException {
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

  /** An open channel that opens itself again for the next reader when an interrupt closed it. */
  private static final class OpenFile implements DiskFile {
    private final Path path;
    private final boolean writable;
    private volatile FileChannel channel;
    private volatile boolean closed;

    OpenFile(Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
        throws IOException {
      this.path = path;
      this.writable = options.contains(StandardOpenOption.WRITE);
      this.channel = FileChannel.open(path, options, attributes);
    }

    @Override
    public void write(ByteBuffer source, long offset) throws IOException {
      writeAll(channel, source, offset);
    }

    @Override
    public int read(ByteBuffer target, long offset) throws IOException {
      int start = target.position();
      try {
        return readAll(channel, target, offset);
      } catch (ClosedByInterruptException e) {
        throw e;
      } catch (ClosedChannelException e) {
        // Another thread was interrupted inside its read, which closes the channel for everybody.
        if (writable || closed) {
          throw e;
        }
        target.position(start);
        return readAll(reopened(), target, offset);
      }
    }

    private synchronized FileChannel reopened() throws IOException {
      if (!channel.isOpen()) {
        channel = FileChannel.open(path, StandardOpenOption.READ);
      }
      return channel;
    }

    @Override
    public void sync() throws IOException {
      channel.force(false);
    }

    @Override
    public long sizeBytes() throws IOException {
      return writable || channel.isOpen() ? channel.size() : reopened().size();
    }

    @Override
    public void close() throws IOException {
      closed = true;
      channel.close();
    }
  }
}
