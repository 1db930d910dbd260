package dev.counterfoil.auditclient;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The files of a spool: segments of records ({@link SpoolSegment}), {@code name} with the stream's
 * name, {@code acknowledged} with the number below which all was delivered, and {@code reserve},
 * zeros that are given up when a full disk would keep a containment from being recorded. One thread
 * appends, one reads.
 */
final class SpoolFiles implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(SpoolFiles.class.getName());
  private static final int RESERVE_BYTES = 1 << 20;
  private static final String NAME = "name";
  private static final String ACKNOWLEDGED = "acknowledged";
  private static final String RESERVE = "reserve";

  private final Path folder;
  private final FileChannel lockFile;
  private final String streamName;
  private final ReentrantLock lock = new ReentrantLock();
  private final TreeMap<Long, Long> bytesByFirst = new TreeMap<>();

  private @Nullable FileChannel active;
  private long activeFirst;
  private long end;
  private volatile long size;
  private volatile long bytes;
  private volatile long acknowledged;

  /** Where the reader is: the number that it reads next, and where that lies. */
  private long readNext = -1;

  private long readFirst = -1;
  private long readOffset;

  /** A record. Holds its content as it is given: it is not changed afterwards. */
  static final class Kept {
    private final long number;
    private final byte[] content;

    private Kept(long number, byte[] content) {
      this.number = number;
      this.content = content;
    }

    /** Its own number. */
    long number() {
      return number;
    }

    /** What was kept, not to be changed. */
    byte[] content() {
      return content;
    }
  }

  private SpoolFiles(Path folder, FileChannel lockFile, String streamName) {
    this.folder = folder;
    this.lockFile = lockFile;
    this.streamName = streamName;
  }

  static SpoolFiles open(Path folder, String prefix, RandomGenerator random) throws IOException {
    Files.createDirectories(
        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    FileChannel lockFile = lock(folder);
    boolean isOpen = false;
    try {
      SpoolFiles files = recover(folder, lockFile, prefix, random);
      isOpen = true;
      return files;
    } finally {
      if (!isOpen) {
        lockFile.close();
      }
    }
  }

  private static FileChannel lock(Path folder) throws IOException {
    FileChannel channel = create(folder.resolve("lock"));
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

  private static FileChannel create(Path file) throws IOException {
    return FileChannel.open(
        file,
        Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
  }

  private static SpoolFiles recover(
      Path folder, FileChannel lockFile, String prefix, RandomGenerator random) throws IOException {
    Optional<String> known = text(folder.resolve(NAME));
    SpoolFiles files =
        new SpoolFiles(folder, lockFile, known.orElseGet(() -> name(prefix, random)));
    files.findSegments();
    long delivered = text(folder.resolve(ACKNOWLEDGED)).map(SpoolFiles::number).orElse(0L);
    if (delivered > files.size && known.isPresent()) {
      // Its disk went back: its numbers would be used twice, so a new stream begins.
      LOG.log(
          System.Logger.Level.ERROR,
          "the audit spool in {0} ends before what was delivered: an earlier state was put back",
          folder);
      files = files.renamed(name(prefix, random));
    } else {
      files.acknowledged = delivered;
    }
    if (text(folder.resolve(NAME)).isEmpty()) {
      files.replace(NAME, files.streamName, true);
    }
    files.layBy();
    return files;
  }

  private SpoolFiles renamed(String name) throws IOException {
    for (long first : bytesByFirst.keySet()) {
      Files.deleteIfExists(SpoolSegment.of(folder, first).file());
    }
    FileChannel written = active;
    if (written != null) {
      written.close();
    }
    Files.deleteIfExists(folder.resolve(ACKNOWLEDGED));
    Files.deleteIfExists(folder.resolve(NAME));
    return new SpoolFiles(folder, lockFile, name);
  }

  private static String name(String prefix, RandomGenerator random) {
    return prefix + "-" + Integer.toHexString(random.nextInt() | 0x1000_0000);
  }

  private static Optional<String> text(Path file) throws IOException {
    try {
      String text = Files.readString(file).strip();
      return text.isEmpty() ? Optional.empty() : Optional.of(text);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  private static long number(String text) {
    try {
      return Math.max(0, Long.parseLong(text));
    } catch (NumberFormatException e) {
      // Written without a sync: after a crash it may be anything, and all is delivered once more.
      return 0;
    }
  }

  private void replace(String name, String text, boolean durable) throws IOException {
    Path fresh = folder.resolve(name + ".new");
    try (FileChannel channel = create(fresh)) {
      channel.truncate(0);
      writeFully(channel, ByteBuffer.wrap((text + "\n").getBytes(StandardCharsets.US_ASCII)), 0);
      if (durable) {
        channel.force(true);
      }
    }
    Files.move(
        fresh,
        folder.resolve(name),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
    if (durable) {
      syncFolder();
    }
  }

  private void syncFolder() throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** Finds the segments, and cuts off what a crash left half written of the last. */
  private void findSegments() throws IOException {
    try (Stream<Path> list = Files.list(folder)) {
      for (Path file : list.toList()) {
        Optional<SpoolSegment> segment = SpoolSegment.named(file);
        if (segment.isPresent()) {
          bytesByFirst.put(segment.get().first(), Files.size(file));
        }
      }
    }
    if (bytesByFirst.isEmpty()) {
      return;
    }
    activeFirst = bytesByFirst.lastKey();
    FileChannel channel = create(SpoolSegment.of(folder, activeFirst).file());
    long offset = SpoolSegment.HEAD_BYTES;
    long number = activeFirst;
    if (SpoolSegment.hasHead(channel)) {
      Optional<byte[]> one = SpoolSegment.read(channel, offset, number);
      while (one.isPresent()) {
        offset += SpoolSegment.RECORD_HEAD_BYTES + one.get().length;
        number++;
        one = SpoolSegment.read(channel, offset, number);
      }
    } else {
      channel.truncate(0);
      writeFully(channel, SpoolSegment.head(), 0);
    }
    channel.truncate(offset);
    channel.force(true);
    active = channel;
    end = offset;
    size = number;
    bytesByFirst.put(activeFirst, offset);
    count();
  }

  private void count() {
    bytes = bytesByFirst.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Lays a reserve by, where there is room. */
  private void layBy() {
    Path reserve = folder.resolve(RESERVE);
    try {
      if (!Files.exists(reserve) || Files.size(reserve) < RESERVE_BYTES) {
        try (FileChannel channel = create(reserve)) {
          writeFully(channel, ByteBuffer.allocate(RESERVE_BYTES), 0);
          channel.force(true);
        }
      }
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "the audit spool has no reserve: {0}", e.toString());
      giveUp(reserve);
    }
  }

  private static void giveUp(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "half a reserve stays: {0}", e.toString());
    }
  }

  /** Gives the reserve up; whether there was one. */
  boolean giveReserve() throws IOException {
    return Files.deleteIfExists(folder.resolve(RESERVE));
  }

  String streamName() {
    return streamName;
  }

  /** Number of the next record; all below it are durable. */
  long size() {
    return size;
  }

  long bytes() {
    return bytes;
  }

  long acknowledged() {
    return acknowledged;
  }

  /** Begins another segment when the last one is long. */
  void roll(long segmentBytes) throws IOException {
    lock.lock();
    try {
      FileChannel written = active;
      if (written != null && end >= segmentBytes) {
        active = null;
        written.close();
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Adds records and makes them durable.
   *
   * @return false when the disk is full: nothing was added
   * @throws IOException when nobody knows what is on the disk
   */
  boolean append(List<byte[]> contents) throws IOException {
    FileChannel to;
    try {
      to = channel();
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "the audit spool has no room: {0}", e.toString());
      return false;
    }
    int length =
        contents.stream().mapToInt(one -> one.length + SpoolSegment.RECORD_HEAD_BYTES).sum();
    ByteBuffer batch = ByteBuffer.allocate(length);
    long number = size;
    for (byte[] content : contents) {
      SpoolSegment.write(batch, number++, content);
    }
    try {
      writeFully(to, batch.flip(), end);
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "the audit spool has no room: {0}", e.toString());
      to.truncate(end);
      return false;
    }
    to.force(false);
    lock.lock();
    try {
      end += length;
      size = number;
      bytesByFirst.put(activeFirst, end);
      count();
    } finally {
      lock.unlock();
    }
    return true;
  }

  private FileChannel channel() throws IOException {
    FileChannel open = active;
    if (open != null) {
      return open;
    }
    Path file = SpoolSegment.of(folder, size).file();
    FileChannel fresh = create(file);
    try {
      fresh.truncate(0);
      writeFully(fresh, SpoolSegment.head(), 0);
      fresh.force(true);
      syncFolder();
    } catch (IOException e) {
      fresh.close();
      Files.deleteIfExists(file);
      throw e;
    }
    lock.lock();
    try {
      active = fresh;
      activeFirst = size;
      end = SpoolSegment.HEAD_BYTES;
      bytesByFirst.put(activeFirst, end);
      count();
    } finally {
      lock.unlock();
    }
    return fresh;
  }

  private static void writeFully(FileChannel channel, ByteBuffer buffer, long offset)
      throws IOException {
    long at = offset;
    while (buffer.hasRemaining()) {
      at += channel.write(buffer, at);
    }
  }

  /** Durable records from a number on; those that are damaged are left out, and their numbers. */
  List<Kept> read(long from, int countMax, long bytesMax) throws IOException {
    List<Kept> found = new ArrayList<>();
    lock.lock();
    try {
      long next = from;
      long length = 0;
      while (next < size && found.size() < countMax && length < bytesMax) {
        Map.Entry<Long, Long> segment = bytesByFirst.floorEntry(next);
        if (segment == null) {
          segment = bytesByFirst.ceilingEntry(next);
          if (segment == null) {
            break;
          }
          next = segment.getKey();
        }
        next =
            readSegment(segment.getKey(), next, countMax - found.size(), bytesMax - length, found);
        length = found.stream().mapToLong(kept -> kept.content().length).sum();
      }
    } finally {
      lock.unlock();
    }
    return found;
  }

  /** Reads on in one segment; the number at which to read next. */
  private long readSegment(long first, long from, int countMax, long bytesMax, List<Kept> found)
      throws IOException {
    Long nextFirst = bytesByFirst.higherKey(first);
    long endNumber = nextFirst == null ? size : nextFirst;
    try (FileChannel channel =
        FileChannel.open(SpoolSegment.of(folder, first).file(), StandardOpenOption.READ)) {
      boolean goesOn = readFirst == first && readNext >= first && readNext <= from;
      long number = goesOn ? readNext : first;
      long offset = goesOn ? readOffset : SpoolSegment.HEAD_BYTES;
      long length = 0;
      int count = 0;
      boolean isDamaged = false;
      while (number < endNumber && count < countMax && length < bytesMax) {
        Optional<byte[]> one = SpoolSegment.read(channel, offset, number);
        if (one.isEmpty()) {
          LOG.log(
              System.Logger.Level.ERROR,
              "audit events {0} to {1} in the spool {2} are damaged: they are missing",
              Long.toString(number),
              Long.toString(endNumber - 1),
              folder);
          isDamaged = true;
          number = endNumber;
          break;
        }
        if (number >= from) {
          found.add(new Kept(number, one.get()));
          length += one.get().length;
          count++;
        }
        offset += SpoolSegment.RECORD_HEAD_BYTES + one.get().length;
        number++;
      }
      readFirst = isDamaged ? -1 : first;
      readNext = number;
      readOffset = offset;
      return number;
    }
  }

  /** Everything below a number was delivered: whole segments of it go. */
  void acknowledge(long upTo) throws IOException {
    lock.lock();
    try {
      if (upTo <= acknowledged || upTo > size) {
        return;
      }
      // Not synced: after a crash some events are delivered once more.
      replace(ACKNOWLEDGED, Long.toString(upTo), false);
      acknowledged = upTo;
      while (bytesByFirst.size() > 1 && bytesByFirst.higherKey(bytesByFirst.firstKey()) <= upTo) {
        removeFirst();
      }
    } finally {
      lock.unlock();
    }
    layBy();
  }

  /** Removes the oldest segment, unless it is the last; how many events were in it undelivered. */
  long forgetOldest() throws IOException {
    lock.lock();
    try {
      if (bytesByFirst.size() < 2) {
        return 0;
      }
      long next = bytesByFirst.higherKey(bytesByFirst.firstKey());
      long gone = Math.max(0, next - Math.max(acknowledged, bytesByFirst.firstKey()));
      removeFirst();
      return Math.max(1, gone);
    } finally {
      lock.unlock();
    }
  }

  private void removeFirst() throws IOException {
    long first = bytesByFirst.firstKey();
    Files.deleteIfExists(SpoolSegment.of(folder, first).file());
    bytesByFirst.remove(first);
    count();
  }

  @Override
  public void close() throws IOException {
    lock.lock();
    try {
      FileChannel written = active;
      active = null;
      if (written != null) {
        written.close();
      }
    } finally {
      lock.unlock();
    }
    lockFile.close();
  }
}
