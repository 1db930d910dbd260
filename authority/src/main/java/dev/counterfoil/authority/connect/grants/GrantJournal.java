package dev.counterfoil.authority.connect.grants;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.DiskFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Records in segments, a line each: a checksum of eight hexadecimal digits, a space, JSON. The
 * first that waits writes and syncs for all that came meanwhile.
 *
 * <p>A crash leaves whole records up to the last sync, and behind them at most one batch that
 * nobody was answered for: recovery cuts at its first damaged line. Damage in front of more than a
 * batch is none that a crash leaves, and keeps the process from starting.
 */
final class GrantJournal implements AutoCloseable {
  static final String PREFIX = "grants-";

  /** Longest record, in bytes with its checksum. */
  static final int LINE_MAX = 24 * 1024;

  /** What is written and synced at once. */
  static final int BATCH_MAX = 1 << 20;

  private static final int CHECKSUM = 8;

  private final Disk disk;
  private final int segmentBytes;
  private final NavigableMap<Long, Long> sizes = new TreeMap<>();
  private final ReentrantLock writing = new ReentrantLock();
  private Batch gathering = new Batch();
  private long segment;
  private DiskFile open;

  /** Where the next batch begins. */
  private long end;

  private boolean isTorn;

  /** Takes what is read back. */
  interface Reader {
    /**
     * One record.
     *
     * @param inSegment where it stands
     * @param bytes its length
     */
    void record(JsonObject record, long inSegment, int bytes) throws FormatException;
  }

  /** Records that are synced together. */
  static final class Batch {
    private final ByteArrayOutputStream lines = new ByteArrayOutputStream();
    private boolean isDone;
    private long inSegment;
    private @Nullable IOException failure;
  }

  private GrantJournal(Disk disk, int segmentBytes, Reader reader) throws IOException {
    this.disk = disk;
    this.segmentBytes = segmentBytes;
    for (String name : disk.names()) {
      if (name.startsWith(PREFIX)) {
        sizes.put(number(name), 0L);
      }
    }
    this.segment = sizes.isEmpty() ? 1 : sizes.lastKey();
    for (long number : List.copyOf(sizes.keySet())) {
      end = read(number, reader);
      sizes.put(number, end);
    }
    this.open = disk.openOrCreate(name(segment));
    try {
      isTorn = open.sizeBytes() > end;
      mend();
    } catch (IOException | RuntimeException e) {
      open.close();
      throw e;
    }
  }

  /**
   * Reads what there is and goes on with it.
   *
   * @param segmentBytes how long a segment is before the next begins
   */
  static GrantJournal open(Disk disk, int segmentBytes, Reader reader) throws IOException {
    return new GrantJournal(disk, segmentBytes, reader);
  }

  private static String name(long number) {
    return PREFIX + String.format(Locale.ROOT, "%012d", number);
  }

  private static long number(String name) throws IOException {
    try {
      return Long.parseLong(name.substring(PREFIX.length()));
    } catch (NumberFormatException e) {
      throw new IOException(name + " is no file of the grants' journal: move it away", e);
    }
  }

  /** Where its whole records end. */
  private long read(long number, Reader reader) throws IOException {
    byte[] bytes = disk.read(name(number), Integer.MAX_VALUE - 8);
    int from = 0;
    for (int at = 0; at < bytes.length; at++) {
      if (bytes[at] != '\n') {
        continue;
      }
      @Nullable JsonObject record = parse(Arrays.copyOfRange(bytes, from, at));
      if (record == null) {
        break;
      }
      try {
        reader.record(record, number, at + 1 - from);
      } catch (FormatException e) {
        throw damaged(number, e);
      }
      from = at + 1;
    }
    if (from < bytes.length && (number != segment || bytes.length - from > BATCH_MAX)) {
      throw damaged(number, null);
    }
    return from;
  }

  private IOException damaged(long number, @Nullable Exception cause) {
    return new IOException(
        name(number)
            + " in "
            + disk
            + " is damaged, so it is unknown which refresh tokens were used. Restore it from a"
            + " backup, or delete all files "
            + PREFIX
            + "*: then every application has to have its people sign in again.",
        cause);
  }

  private static @Nullable JsonObject parse(byte[] line) {
    if (line.length <= CHECKSUM + 1) {
      return null;
    }
    byte[] json = Arrays.copyOfRange(line, CHECKSUM + 1, line.length);
    byte[] sum = Arrays.copyOf(line, CHECKSUM + 1);
    if (!Arrays.equals(sum, checksum(json))) {
      return null;
    }
    try {
      return StrictJson.object(json, LINE_MAX);
    } catch (FormatException e) {
      return null;
    }
  }

  private static byte[] checksum(byte[] json) {
    CRC32C sum = new CRC32C();
    sum.update(json);
    return (HexFormat.of().toHexDigits((int) sum.getValue()) + " ")
        .getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] line(JsonObject record) {
    byte[] json = record.toString().getBytes(StandardCharsets.UTF_8);
    byte[] line = new byte[CHECKSUM + 1 + json.length + 1];
    System.arraycopy(checksum(json), 0, line, 0, CHECKSUM + 1);
    System.arraycopy(json, 0, line, CHECKSUM + 1, json.length);
    line[line.length - 1] = '\n';
    if (line.length > LINE_MAX) {
      throw new IllegalArgumentException("a record is longer than " + LINE_MAX + " bytes");
    }
    return line;
  }

  /**
   * Puts a record in line, behind all that were put before; {@link #await} has it synced.
   *
   * @return what it is synced with
   */
  synchronized Batch put(JsonObject record) {
    gathering.lines.writeBytes(line(record));
    return gathering;
  }

  /**
   * Returns when the records of a batch are on disk.
   *
   * @return the segment that they are in
   * @throws IOException when they are not, or nobody knows: none of what they say may be answered
   */
  long await(Batch batch) throws IOException {
    writing.lock();
    try {
      if (!batch.isDone) {
        // Nobody took it yet, so it is the one that is being gathered.
        write(taken());
      }
      if (batch.failure != null) {
        throw new IOException("the grants' journal could not be written", batch.failure);
      }
      return batch.inSegment;
    } finally {
      writing.unlock();
    }
  }

  /** Has records synced that were put and that nobody waited for. */
  void sync() throws IOException {
    Batch last;
    synchronized (this) {
      last = gathering;
      if (last.lines.size() == 0) {
        return;
      }
    }
    var _ = await(last);
  }

  private synchronized Batch taken() {
    Batch taken = gathering;
    gathering = new Batch();
    return taken;
  }

  private void write(Batch batch) {
    byte[] lines = batch.lines.toByteArray();
    try {
      mend();
      if (end >= segmentBytes) {
        next();
      }
      for (int from = 0; from < lines.length; ) {
        int to = part(lines, from);
        isTorn = true;
        open.write(ByteBuffer.wrap(lines, from, to - from), end);
        open.sync();
        isTorn = false;
        end += to - from;
        from = to;
      }
      sizes.put(segment, end);
      batch.inSegment = segment;
    } catch (IOException e) {
      batch.failure = e;
    }
    batch.isDone = true;
  }

  /** Where the part ends that begins at a place: with a record, and within {@link #BATCH_MAX}. */
  private static int part(byte[] lines, int from) {
    if (lines.length - from <= BATCH_MAX) {
      return lines.length;
    }
    int to = from + BATCH_MAX;
    while (lines[to - 1] != '\n') {
      to--;
    }
    return to;
  }

  /** Takes out what a write that failed left: it would spoil what is written over it. */
  private void mend() throws IOException {
    if (!isTorn) {
      return;
    }
    byte[] whole = new byte[Math.toIntExact(end)];
    open.read(ByteBuffer.wrap(whole), 0);
    disk.replace(name(segment), whole);
    DiskFile fresh = disk.open(name(segment));
    open.close();
    open = fresh;
    isTorn = false;
  }

  private void next() throws IOException {
    DiskFile fresh = disk.openOrCreate(name(segment + 1));
    open.close();
    open = fresh;
    segment++;
    end = 0;
    sizes.put(segment, 0L);
  }

  /** Bytes of all segments. */
  long bytes() {
    writing.lock();
    try {
      return sizes.values().stream().mapToLong(Long::longValue).sum();
    } finally {
      writing.unlock();
    }
  }

  /** The oldest segment; 0 when it is the one that is written. */
  long oldest() {
    writing.lock();
    try {
      return sizes.isEmpty() || sizes.firstKey() == segment ? 0 : sizes.firstKey();
    } finally {
      writing.unlock();
    }
  }

  /** Deletes a segment whose records all stand in later ones. */
  void delete(long number) throws IOException {
    writing.lock();
    try {
      if (number == segment || number != sizes.firstKey()) {
        throw new IllegalArgumentException("segments are deleted from the oldest on");
      }
      disk.delete(name(number));
      sizes.remove(number);
    } finally {
      writing.unlock();
    }
  }

  @Override
  public void close() throws IOException {
    writing.lock();
    try {
      open.close();
    } finally {
      writing.unlock();
    }
  }
}
