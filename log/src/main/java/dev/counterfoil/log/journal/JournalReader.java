package dev.counterfoil.log.journal;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.LogDamagedException;
import dev.counterfoil.log.disk.RecordsGivenBackException;
import dev.counterfoil.log.tiles.FrontierMark;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Reads records of a journal by their index, also while it grows. Safe for concurrent use; every
 * read opens the files that it needs, so that an interrupted reader disturbs nobody.
 */
public final class JournalReader {
  /** Distance of the batches that an index remembers, in bytes. */
  private static final int INDEX_STEP_BYTES = 256 << 10;

  /** Room for records that are read together, at first: a few milliseconds bring fewer. */
  private static final int PACKED_BYTES_FIRST = 8 << 10;

  /** Segments whose index is kept in memory. */
  private static final int INDEXES_MAX = 16;

  private final Disk disk;
  private final Hash origin;
  private final LongSupplier size;
  private final Map<Long, NavigableMap<Long, Long>> indexes = new LinkedHashMap<>();

  /** Where the last walk ended, since most go on there. */
  private volatile Place lastEnd = new Place(-1, 0, 0);

  /** First indexes of the segments, as they were when last looked at; a new list each time. */
  private volatile List<Long> known = List.of();

  /** A batch in a segment. */
  private record Place(long segment, long record, long offset) {}

  /**
   * Records one after another, each with its length in four bytes before it. Holds its array as it
   * is given.
   *
   * @param count how many
   * @param bytes theirs, not to be changed
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Packed(int count, byte[] bytes) {}

  /** Told of a record; the payload is the receiver's to keep. */
  @FunctionalInterface
  public interface RecordVisitor {
    void record(long index, byte[] payload) throws IOException;
  }

  /**
   * A reader beside the writer of the journal.
   *
   * @param size number of records that are durable at the moment
   */
  JournalReader(Disk disk, Hash origin, LongSupplier size) {
    this.disk = disk;
    this.origin = origin;
    this.size = size;
  }

  /**
   * A reader of a journal that another process may be writing to: it sees the records that are
   * whole at the moment of opening.
   *
   * @throws LogDamagedException when a segment is not of this journal
   */
  public static JournalReader open(Disk disk, String origin) throws IOException {
    AtomicLong end = new AtomicLong();
    JournalReader reader = new JournalReader(disk, SegmentFormat.originHash(origin), end::get);
    while (true) {
      List<Long> firsts = reader.segments();
      end.set(reader.begin());
      // What lies before the beginning is given back: it is being overwritten and removed.
      if (firsts.isEmpty() || firsts.getLast() < end.get()) {
        return reader;
      }
      try {
        end.set(reader.endOf(firsts.getLast()));
        return reader;
      } catch (NoSuchFileException | LogDamagedException e) {
        if (firsts.getLast() >= reader.begin()) {
          throw e;
        }
        // It was given back between the two looks.
      }
    }
  }

  /** The record that the whole batches of a segment end before. */
  private long endOf(long first) throws IOException {
    try (SegmentScan scan = SegmentScan.open(disk, SegmentFormat.name(first), origin)) {
      do {
        while (scan.step() == SegmentScan.Step.BATCH) {}
        // A later batch means that this one is whole by now, if the writer was just at it.
      } while (scan.laterBatch() >= 0 && isWhole(scan));
      return scan.next();
    }
  }

  private static boolean isWhole(SegmentScan scan) throws IOException {
    if (scan.step() == SegmentScan.Step.NONE) {
      throw damaged(scan, scan.next());
    }
    return true;
  }

  private static LogDamagedException damaged(SegmentScan scan, long record) {
    return new LogDamagedException(
        "segment %s offset %d: record %d is damaged; restore it from a copy"
            .formatted(scan.name(), scan.offset(), record));
  }

  /** Number of records up to the end, with those that were given back. */
  public long size() {
    return size.getAsLong();
  }

  /** The first record that can be read: those before it were given back. */
  public long begin() throws IOException {
    return FrontierMark.begin(disk).size();
  }

  /** What the records before the first one made. */
  public FrontierMark beginMark() throws IOException {
    return FrontierMark.begin(disk);
  }

  /**
   * Up to {@code max} records from an index on, fewer at the journal's end or when their payloads
   * reach {@code bytesMax} (one is always given).
   */
  public List<byte[]> read(long from, int max, int bytesMax) throws IOException {
    List<byte[]> records = new ArrayList<>();
    long[] bytes = {0};
    long to = Math.min(size(), from + Math.max(0, max));
    walk(
        from,
        to,
        (index, payload) -> {
          bytes[0] += payload.remaining();
          if (!records.isEmpty() && bytes[0] > bytesMax) {
            return false;
          }
          records.add(copy(payload));
          return true;
        });
    return records;
  }

  /**
   * The same records as they lie, for somebody else to take apart.
   *
   * @param bytesMax most bytes, lengths included; one record is always given
   */
  public Packed readPacked(long from, int max, int bytesMax) throws IOException {
    PackedRecords packed = new PackedRecords(bytesMax);
    walk(from, Math.min(size(), from + Math.max(0, max)), packed);
    return packed.finish();
  }

  private static final class PackedRecords implements Walk {
    private final int bytesMax;
    private ByteBuffer bytes = ByteBuffer.allocate(PACKED_BYTES_FIRST);
    private int count;

    PackedRecords(int bytesMax) {
      this.bytesMax = bytesMax;
    }

    @Override
    public boolean more(long index, ByteBuffer payload) {
      int needed = 4 + payload.remaining();
      if (count > 0 && bytes.position() + needed > bytesMax) {
        return false;
      }
      if (bytes.remaining() < needed) {
        int capacity = Math.max(bytes.capacity() * 2, bytes.position() + needed);
        bytes = ByteBuffer.allocate(capacity).put(bytes.flip());
      }
      bytes.putInt(payload.remaining()).put(payload);
      count++;
      return true;
    }

    Packed finish() {
      return new Packed(count, Arrays.copyOf(bytes.array(), bytes.position()));
    }
  }

  /**
   * Gives the records {@code [from, to)} in order.
   *
   * @throws RecordsGivenBackException when one of them was given back
   * @throws LogDamagedException when one of them is not as it was written
   */
  public void scan(long from, long to, RecordVisitor visitor) throws IOException {
    if (to > size()) {
      throw new IllegalArgumentException("the journal has " + size() + " records, not " + to);
    }
    walk(
        from,
        to,
        (index, payload) -> {
          visitor.record(index, copy(payload));
          return true;
        });
  }

  /**
   * Gives the records {@code [from, to)} in order, as they lie: a buffer says nothing any more once
   * the visitor returned.
   */
  public void scanInPlace(long from, long to, InPlaceVisitor visitor) throws IOException {
    if (to > size()) {
      throw new IllegalArgumentException("the journal has " + size() + " records, not " + to);
    }
    walk(
        from,
        to,
        (index, payload) -> {
          visitor.record(index, payload);
          return true;
        });
  }

  /** Told of a record whose bytes remain in a buffer. */
  @FunctionalInterface
  public interface InPlaceVisitor {
    void record(long index, ByteBuffer payload) throws IOException;
  }

  @FunctionalInterface
  private interface Walk {
    boolean more(long index, ByteBuffer payload) throws IOException;
  }

  private static byte[] copy(ByteBuffer payload) {
    byte[] bytes = new byte[payload.remaining()];
    payload.get(bytes);
    return bytes;
  }

  private void walk(long from, long to, Walk walk) throws IOException {
    if (from < 0) {
      throw new IllegalArgumentException("records are counted from 0");
    }
    long at = from;
    while (at < to) {
      Reached reached = walkSegment(at, to, walk);
      if (!reached.wantsMore) {
        return;
      }
      at = reached.next;
    }
  }

  /**
   * How far a walk came.
   *
   * @param next the record that comes next
   * @param wantsMore whether it is wanted
   */
  private record Reached(long next, boolean wantsMore) {}

  /** Walks inside one segment. */
  private Reached walkSegment(long from, long to, Walk walk) throws IOException {
    // Which segments there are is looked at anew only where what is known does not lead there.
    List<Long> firsts = known;
    int i = holding(firsts, from);
    if (i < 0) {
      firsts = lookAtSegments();
      i = holding(firsts, from);
    }
    try {
      if (i < 0) {
        throw new LogDamagedException("no segment holds record " + from + ": one is missing");
      }
      long end = i + 1 < firsts.size() ? Math.min(to, firsts.get(i + 1)) : to;
      return walkSegmentThere(firsts.get(i), from, end, walk);
    } catch (NoSuchFileException | LogDamagedException e) {
      // It was given back between the two looks, or somebody removed or changed it.
      throwIfGivenBack(from);
      if (i >= 0 && isElsewhere(firsts.get(i), from)) {
        return new Reached(from, true);
      }
      throw e;
    }
  }

  /**
   * Whether a record lies in another segment than was known: that one is given back, and as it had
   * no record from this one on, none was visited.
   */
  private boolean isElsewhere(long first, long from) throws IOException {
    List<Long> now = lookAtSegments();
    int there = holding(now, from);
    return there >= 0 && now.get(there) != first;
  }

  private List<Long> lookAtSegments() throws IOException {
    List<Long> firsts = List.copyOf(segments());
    known = firsts;
    return firsts;
  }

  /** Which segment has a record, were it the last that there is; -1 where none has. */
  private static int holding(List<Long> firsts, long record) {
    int i = firsts.size() - 1;
    while (i >= 0 && firsts.get(i) > record) {
      i--;
    }
    return i;
  }

  private void throwIfGivenBack(long from) throws IOException {
    long begin = begin();
    if (from < begin) {
      throw new RecordsGivenBackException(disk, from, begin);
    }
  }

  private Reached walkSegmentThere(long first, long from, long end, Walk walk) throws IOException {
    NavigableMap<Long, Long> index = index(first);
    try (SegmentScan scan = SegmentScan.open(disk, SegmentFormat.name(first), origin)) {
      seek(scan, index, first, from);
      while (scan.next() < end) {
        long batchOffset = scan.offset();
        long firstOfBatch = scan.next();
        long record = firstOfBatch;
        if (record < from && scan.skipBefore(from)) {
          remember(index, record, batchOffset);
          continue;
        }
        if (scan.step() == SegmentScan.Step.NONE) {
          if (lookAtSegments().contains(record) && record != first) {
            // This one ended since it was last looked at.
            return new Reached(Math.max(from, record), true);
          }
          throw damaged(scan, record);
        }
        remember(index, record, batchOffset);
        ByteBuffer body = scan.body();
        for (; body.hasRemaining() && record < end; record++) {
          int length = body.getInt();
          body.getInt();
          if (record >= from && !walk.more(record, body.slice(body.position(), length))) {
            lastEnd = new Place(first, firstOfBatch, batchOffset);
            return new Reached(record, false);
          }
          body.position(body.position() + length);
        }
        lastEnd =
            body.hasRemaining()
                ? new Place(first, firstOfBatch, batchOffset)
                : new Place(first, scan.next(), scan.offset());
      }
      return new Reached(end, true);
    }
  }

  /** Goes to the nearest known batch that begins no later than a record. */
  private void seek(SegmentScan scan, NavigableMap<Long, Long> index, long first, long from) {
    Map.Entry<Long, Long> near;
    synchronized (index) {
      near = index.floorEntry(from);
    }
    Place last = lastEnd;
    if (last.segment() == first
        && last.record() <= from
        && (near == null || near.getKey() <= last.record())) {
      scan.seek(last.offset(), last.record());
    } else if (near != null) {
      scan.seek(near.getValue(), near.getKey());
    }
  }

  private static void remember(NavigableMap<Long, Long> index, long record, long offset) {
    synchronized (index) {
      Map.Entry<Long, Long> near = index.floorEntry(record);
      if (near == null || offset - near.getValue() >= INDEX_STEP_BYTES) {
        index.put(record, offset);
      }
    }
  }

  private NavigableMap<Long, Long> index(long first) {
    synchronized (indexes) {
      NavigableMap<Long, Long> index = indexes.remove(first);
      if (index == null) {
        index = new TreeMap<>();
      }
      // Put back at the end: the first of the map is the one that was not asked for longest.
      indexes.put(first, index);
      if (indexes.size() > INDEXES_MAX) {
        indexes.remove(indexes.keySet().iterator().next());
      }
      return index;
    }
  }

  /** First indexes of all segments, in order. */
  List<Long> segments() throws IOException {
    List<Long> firsts = new ArrayList<>();
    for (String name : disk.names()) {
      SegmentFormat.first(name).ifPresent(firsts::add);
    }
    firsts.sort(null);
    return firsts;
  }
}
