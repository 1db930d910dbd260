package dev.counterfoil.auditclient;

import dev.counterfoil.auditclient.SpoolDisk.SpoolFile;
import dev.counterfoil.auditclient.SpoolReader.Kept;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The files of a spool: segments of records ({@link SpoolSegment}), {@code name} with the stream's
 * name, {@code acknowledged} with the number below which all was delivered, and {@code reserve},
 * zeros whose blocks are there already: on a full disk it becomes the segment into which what
 * contains a theft is written. One thread appends, one reads.
 *
 * <p><b>What a failed write or sync leaves.</b> Of what it was to make durable nobody knows what is
 * on the disk; nothing of it counts. The segment ends at its last durable record and is never
 * written again: the kernel may show pages as written that it gave up, and a later sync of the same
 * file would not say so. The next records go into another file. Where the process dies before that
 * file is there, and what failed stands on the disk all the same, it is an event whose operation
 * was refused.
 */
final class SpoolFiles implements AutoCloseable, SpoolReader.Segments {
  static final int RESERVE_BYTES = 1 << 20;

  private static final System.Logger LOG = System.getLogger(SpoolFiles.class.getName());
  private static final String NAME = "name";
  private static final String ACKNOWLEDGED = "acknowledged";
  private static final String RESERVE = "reserve";
  private static final String PROBE = "probe";
  private static final int PROBE_BYTES = 64 << 10;

  private final SpoolDisk disk;
  private final Closeable taken;
  private final String streamName;
  private final SpoolReader reader;
  private final ReentrantLock lock = new ReentrantLock();
  private final TreeMap<Long, Long> bytesByFirst = new TreeMap<>();

  private @Nullable SpoolFile active;
  private boolean activeIsReserve;

  /** A segment whose beginning failed and which may be there: no record may stand beside it. */
  private @Nullable String stale;

  private long activeFirst;
  private long end;
  private volatile long size;
  private volatile long bytes;
  private volatile long acknowledged;

  private SpoolFiles(SpoolDisk disk, Closeable taken, String streamName) {
    this.disk = disk;
    this.taken = taken;
    this.streamName = streamName;
    this.reader = new SpoolReader(disk);
  }

  static SpoolFiles open(SpoolDisk disk, String prefix, RandomGenerator random) throws IOException {
    Closeable taken = disk.lock();
    boolean isOpen = false;
    try {
      SpoolFiles files = recover(disk, taken, prefix, random);
      isOpen = true;
      return files;
    } finally {
      if (!isOpen) {
        taken.close();
      }
    }
  }

  private static SpoolFiles recover(
      SpoolDisk disk, Closeable taken, String prefix, RandomGenerator random) throws IOException {
    Optional<String> known = SpoolMark.read(disk, NAME);
    SpoolFiles files =
        new SpoolFiles(disk, taken, known.orElseGet(() -> SpoolMark.name(prefix, random)));
    files.findSegments();
    long delivered = SpoolMark.read(disk, ACKNOWLEDGED).map(SpoolMark::number).orElse(0L);
    if (delivered > files.size && known.isPresent()) {
      // Its disk went back: its numbers would be used twice, so a new stream begins.
      LOG.log(
          System.Logger.Level.ERROR,
          "the audit spool in {0} ends before what was delivered: an earlier state was put back",
          disk);
      files = files.renamed(SpoolMark.name(prefix, random));
    } else {
      // A segment is removed when all of it was delivered, also where that could not be noted.
      long removed = files.bytesByFirst.isEmpty() ? 0 : files.bytesByFirst.firstKey();
      files.acknowledged = Math.max(delivered, removed);
    }
    if (SpoolMark.read(disk, NAME).isEmpty()) {
      disk.replace(NAME, SpoolMark.of(files.streamName));
    }
    files.layBy();
    return files;
  }

  private SpoolFiles renamed(String name) throws IOException {
    endActive();
    for (long first : bytesByFirst.keySet()) {
      disk.delete(SpoolSegment.name(first));
    }
    disk.delete(ACKNOWLEDGED);
    disk.delete(NAME);
    return new SpoolFiles(disk, taken, name);
  }

  /** Finds the segments, and cuts off what a crash left half written of the last. */
  private void findSegments() throws IOException {
    for (String name : disk.names()) {
      OptionalLong first = SpoolSegment.first(name);
      if (first.isPresent()) {
        try (SpoolFile file = disk.openToRead(name)) {
          bytesByFirst.put(first.getAsLong(), file.sizeBytes());
        }
      }
    }
    if (bytesByFirst.isEmpty()) {
      return;
    }
    activeFirst = bytesByFirst.lastKey();
    SpoolFile file = disk.open(SpoolSegment.name(activeFirst));
    end = SpoolSegment.HEAD_BYTES;
    long number = activeFirst;
    if (SpoolSegment.hasHead(file)) {
      Optional<byte[]> one = SpoolSegment.read(file, end, number);
      while (one.isPresent()) {
        end += SpoolSegment.RECORD_HEAD_BYTES + one.get().length;
        number++;
        one = SpoolSegment.read(file, end, number);
      }
    }
    size = number;
    bytesByFirst.put(activeFirst, end);
    count();
    if (size == activeFirst) {
      // Nothing of it became durable: it is made anew with the next record.
      file.close();
      return;
    }
    file.truncate(end);
    writeAgain(file);
    // Nor may its name be durable.
    disk.syncNames();
    active = file;
  }

  /**
   * What a killed process had written counts from now on, but its sync may not have been asked for,
   * or may have failed: then the kernel shows pages that it believes clean and that no disk has.
   * Writing them again makes the next sync mean something.
   */
  private void writeAgain(SpoolFile file) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate((int) end);
    if (file.read(bytes, 0) != bytes.capacity()) {
      throw new IOException("the segment in " + disk + " became shorter while it was read");
    }
    file.write(bytes.flip(), 0);
    file.sync();
  }

  private void count() {
    bytes = bytesByFirst.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Lays a reserve by where there is none and there is room; whether there is one. */
  boolean layBy() {
    try {
      if (hasReserve()) {
        return true;
      }
      disk.createZeroed(RESERVE, RESERVE_BYTES);
      return true;
    } catch (IOException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "the audit spool in {0} has no reserve for a full disk: {1}",
          disk,
          e.toString());
      deleteQuietly(RESERVE);
      return false;
    }
  }

  private boolean hasReserve() throws IOException {
    if (activeIsReserve) {
      return true;
    }
    try (SpoolFile file = disk.openToRead(RESERVE)) {
      return file.sizeBytes() >= RESERVE_BYTES;
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private boolean deleteQuietly(String name) {
    try {
      disk.delete(name);
      return true;
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "{0} stays in {1}", name, disk);
      return false;
    }
  }

  /** Whether the disk takes something again. */
  void probe() throws IOException {
    try {
      disk.createZeroed(PROBE, PROBE_BYTES);
    } finally {
      deleteQuietly(PROBE);
    }
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
  void roll(long segmentBytes) {
    if (active != null && !activeIsReserve && end >= segmentBytes) {
      endActive();
      layBy();
    }
  }

  /**
   * Adds records and makes them durable.
   *
   * @throws IOException when that fails: none of them counts, and the next ones may succeed
   */
  void append(List<byte[]> contents) throws IOException {
    SpoolFile to = active;
    if (to == null || activeIsReserve) {
      begin(contents);
    } else {
      extend(to, contents);
    }
  }

  /**
   * Adds records in the reserve, which needs no room on the disk.
   *
   * @return bytes that are left of the reserve
   */
  long appendToReserve(List<byte[]> contents) throws IOException {
    SpoolFile to = active;
    if (to == null || !activeIsReserve) {
      to = takeReserve();
    }
    if (end + SpoolSegment.length(contents) > RESERVE_BYTES) {
      throw new IOException("its reserve is used up");
    }
    extend(to, contents);
    return RESERVE_BYTES - end;
  }

  private SpoolFile takeReserve() throws IOException {
    if (!hasReserve()) {
      throw new IOException("it has no reserve");
    }
    endActive();
    String name = SpoolSegment.name(size);
    disk.rename(RESERVE, name);
    stale = null;
    SpoolFile reserve = disk.open(name);
    reserve.write(SpoolSegment.head(), 0);
    became(reserve, SpoolSegment.HEAD_BYTES, size);
    activeIsReserve = true;
    return reserve;
  }

  private void extend(SpoolFile to, List<byte[]> contents) throws IOException {
    if (!forgetStale()) {
      throw new IOException("a file that failed does not go");
    }
    ByteBuffer batch = SpoolSegment.records(size, contents, false);
    int length = batch.remaining();
    try {
      to.write(batch, end);
      to.sync();
    } catch (IOException e) {
      endActive();
      throw e;
    }
    added(length, contents.size());
  }

  /** Begins a segment with records; what was written until now stays as it is when that fails. */
  private void begin(List<byte[]> contents) throws IOException {
    ByteBuffer batch = SpoolSegment.records(size, contents, true);
    int length = batch.remaining() - SpoolSegment.HEAD_BYTES;
    String name = SpoolSegment.name(size);
    stale = name;
    SpoolFile fresh;
    try {
      fresh = begun(name, batch);
    } catch (IOException e) {
      boolean unused = forgetStale();
      throw e;
    }
    stale = null;
    boolean wasReserve = activeIsReserve;
    endActive();
    became(fresh, SpoolSegment.HEAD_BYTES, size);
    added(length, contents.size());
    if (wasReserve) {
      layBy();
    }
  }

  private SpoolFile begun(String name, ByteBuffer batch) throws IOException {
    SpoolFile fresh = disk.open(name);
    boolean isDurable = false;
    try {
      fresh.truncate(0);
      fresh.write(batch, 0);
      fresh.sync();
      disk.syncNames();
      isDurable = true;
      return fresh;
    } finally {
      if (!isDurable) {
        closeQuietly(fresh);
      }
    }
  }

  /** Removes the file whose beginning failed; whether there is none now. */
  private boolean forgetStale() {
    String failed = stale;
    if (failed != null && deleteQuietly(failed)) {
      stale = null;
    }
    return stale == null;
  }

  private void became(SpoolFile file, long at, long first) {
    lock.lock();
    try {
      active = file;
      activeFirst = first;
      end = at;
      bytesByFirst.put(first, end);
      count();
    } finally {
      lock.unlock();
    }
  }

  private void added(int length, int records) {
    lock.lock();
    try {
      end += length;
      long next = size + records;
      size = next;
      bytesByFirst.put(activeFirst, end);
      count();
    } finally {
      lock.unlock();
    }
  }

  /** Nothing more is written to the segment; what is not durable of it goes, as far as it can. */
  private void endActive() {
    SpoolFile written = active;
    if (written == null) {
      return;
    }
    active = null;
    activeIsReserve = false;
    try {
      written.truncate(end);
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "a segment of {0} keeps its end: {1}", disk, e.toString());
    }
    closeQuietly(written);
  }

  private void closeQuietly(SpoolFile file) {
    try {
      file.close();
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "a segment of {0}: {1}", disk, e.toString());
    }
  }

  @Override
  public OptionalLong holding(long number) {
    if (number >= size) {
      return OptionalLong.empty();
    }
    Long first = bytesByFirst.floorKey(number);
    if (first == null) {
      first = bytesByFirst.ceilingKey(number);
    }
    return first == null || first >= size ? OptionalLong.empty() : OptionalLong.of(first);
  }

  @Override
  public long end(long first) {
    Long next = bytesByFirst.higherKey(first);
    return next == null ? size : Math.min(next, size);
  }

  /** Durable records from a number on; those that are damaged are left out, and their numbers. */
  List<Kept> read(long from, int countMax, long bytesMax) throws IOException {
    lock.lock();
    try {
      return reader.read(this, from, countMax, bytesMax);
    } finally {
      lock.unlock();
    }
  }

  /** Everything below a number was delivered: whole segments of it go. */
  void acknowledge(long upTo) throws IOException {
    lock.lock();
    try {
      if (upTo <= acknowledged || upTo > size) {
        return;
      }
      acknowledged = upTo;
      // First what makes room: a full disk may not have any for the note.
      for (long next = second(); next <= upTo; next = second()) {
        removeFirst();
      }
      try {
        disk.publish(ACKNOWLEDGED, SpoolMark.of(Long.toString(upTo)));
      } catch (IOException e) {
        // After a crash some events are delivered once more, as when it was not synced.
        LOG.log(System.Logger.Level.DEBUG, "{0} has no note: {1}", disk, e.toString());
      }
    } finally {
      lock.unlock();
    }
  }

  /** Removes the oldest segment, unless it is the last; how many events were in it undelivered. */
  long forgetOldest() throws IOException {
    lock.lock();
    try {
      long next = second();
      if (next == Long.MAX_VALUE) {
        return 0;
      }
      long gone = Math.max(0, next - Math.max(acknowledged, bytesByFirst.firstKey()));
      removeFirst();
      return Math.max(1, gone);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Where the second segment begins that has records; the first stays as long as there is none, for
   * its numbers go on from it.
   */
  private long second() {
    Long next = bytesByFirst.isEmpty() ? null : bytesByFirst.higherKey(bytesByFirst.firstKey());
    return next == null || next >= size ? Long.MAX_VALUE : next;
  }

  private void removeFirst() throws IOException {
    long first = bytesByFirst.firstKey();
    disk.delete(SpoolSegment.name(first));
    bytesByFirst.remove(first);
    count();
  }

  @Override
  public void close() throws IOException {
    lock.lock();
    try {
      endActive();
    } finally {
      lock.unlock();
    }
    taken.close();
  }
}
