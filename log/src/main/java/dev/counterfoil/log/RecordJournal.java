package dev.counterfoil.log;

import dev.counterfoil.format.Hash;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A durable sequence of records in segment files that are allocated ahead (spec/journal.md).
 * Records are added to a batch; {@link #commit} writes the batch and makes it durable with one
 * sync. One thread writes; {@link #reader} may be used by any, and {@link #prepareNext} is meant
 * for a second one.
 *
 * <p>What a crash leaves: before the sync of a commit returned, any part of the batch, which the
 * next open cuts off; after it, all of it.
 */
public final class RecordJournal implements AutoCloseable {
  private static final System.Logger LOGGER = System.getLogger(RecordJournal.class.getName());
  private static final int ZEROS_BYTES = 1 << 20;

  private final Disk disk;
  private final JournalOptions options;
  private final Hash origin;
  private final RandomGenerator random;
  private final Disk.DiskLock lock;
  private final JournalReader reader;
  private final CRC32C crc = new CRC32C();
  private final ByteBuffer batch;

  private final SpareSegment spare;

  private @Nullable DiskFile active;
  private long activeSeed;
  private long activeOffset;
  private long activeBytes;
  private int batched;
  private boolean failed;
  private volatile long size;

  /** First record of the segment that is written; the size where none is. */
  private volatile long activeFirst;

  /** Bytes of a record, written into the batch without a copy in between. */
  public interface Payload {
    /** Exact number of bytes that {@link #write} will write. */
    int payloadBytes();

    /** Writes the payload. */
    void write(ByteBuffer target);
  }

  private RecordJournal(
      Disk disk,
      String origin,
      JournalOptions options,
      RandomGenerator random,
      Disk.DiskLock lock) {
    this.disk = disk;
    this.origin = SegmentFormat.originHash(origin);
    this.options = options;
    this.random = random;
    this.lock = lock;
    this.spare = new SpareSegment(disk, options);
    this.reader = new JournalReader(disk, this.origin, this::size);
    this.batch =
        ByteBuffer.allocateDirect(
            (int)
                Math.min(
                    SegmentFormat.BATCH_BYTES_MAX,
                    options.segmentBytes() - SegmentFormat.SEGMENT_HEADER_BYTES));
    clearBatch();
  }

  /**
   * Opens the journal in a folder, new when the folder has none; cuts off a torn end.
   *
   * @param origin name of what is recorded, bound into every segment
   * @param random source of the segments' seeds
   * @param recordsMin number of records that are known to have been durable: where fewer are whole,
   *     the end is not torn but damaged, and is left as it is
   * @throws Disk.FolderInUseException when another process has the folder
   * @throws LogDamagedException when records before the end are damaged or missing
   */
  public static RecordJournal open(
      Disk disk, String origin, JournalOptions options, RandomGenerator random, long recordsMin)
      throws IOException {
    Disk.DiskLock lock = disk.lock();
    boolean isOpen = false;
    try {
      RecordJournal journal = new RecordJournal(disk, origin, options, random, lock);
      journal.recover(recordsMin);
      isOpen = true;
      return journal;
    } finally {
      if (!isOpen) {
        lock.close();
      }
    }
  }

  /** Opens a journal of which nothing is known from elsewhere. */
  public static RecordJournal open(
      Disk disk, String origin, JournalOptions options, RandomGenerator random) throws IOException {
    return open(disk, origin, options, random, 0);
  }

  private void recover(long recordsMin) throws IOException {
    List<Long> firsts = new ArrayList<>();
    for (String name : disk.names()) {
      SegmentFormat.first(name).ifPresent(firsts::add);
    }
    spare.find();
    firsts.sort(null);
    FrontierMark begin = FrontierMark.begin(disk);
    removeGivenBack(firsts, begin.size());
    if (firsts.isEmpty()) {
      if (recordsMin > begin.size()) {
        throw new LogDamagedException(
            "the journal in %s is gone, and had at least %d records: restore it from a copy"
                .formatted(disk, recordsMin));
      }
      size = begin.size();
      activeFirst = size;
      return;
    }
    if (firsts.getFirst() != begin.size()) {
      throw new LogDamagedException(
          "the journal in %s does not begin at record %d: restore its first segments"
              .formatted(disk, begin.size()));
    }
    String last = SegmentFormat.name(firsts.getLast());
    try (SegmentScan scan = SegmentScan.open(disk, last, origin)) {
      long lastBatch = scan.offset();
      for (long at = lastBatch; scan.step() == SegmentScan.Step.BATCH; at = scan.offset()) {
        lastBatch = at;
      }
      long later = scan.laterBatch();
      if (later >= 0) {
        throw new LogDamagedException(
            "segment %s in %s offset %d: record %d is damaged, and whole records follow at offset %d; restore the segment from a copy"
                .formatted(last, disk, scan.offset(), scan.next(), later));
      }
      if (scan.next() < recordsMin && scan.writtenEnd() == scan.offset()) {
        throw new LogRewoundException(
            "the journal in %s ends cleanly at record %d, and the log's own checkpoint covers %d: an earlier state of the folder was put back, or its disk lost what it said was durable"
                .formatted(disk, scan.next(), recordsMin),
            scan.next(),
            recordsMin);
      }
      if (scan.next() < recordsMin) {
        throw new LogDamagedException(
            "segment %s in %s offset %d: the journal ends at record %d and had at least %d: the record there is damaged, or an old copy was put back. Restore the segment, or end this log and start a new one"
                .formatted(last, disk, scan.offset(), scan.next(), recordsMin));
      }
      DiskFile file = disk.open(last);
      active = file;
      activeSeed = scan.seed();
      activeOffset = scan.offset();
      activeBytes = scan.fileBytes();
      size = scan.next();
      activeFirst = firsts.getLast();
      writeAgain(file, lastBatch);
      cutTornEnd(file, scan.writtenEnd());
      file.sync();
    }
  }

  /**
   * Ends what a crash left half done of {@link #giveBack}: when it was noted where the journal
   * begins, a segment began there or later.
   */
  private void removeGivenBack(List<Long> firsts, long begin) throws IOException {
    while (!firsts.isEmpty() && firsts.getFirst() < begin) {
      remove(SegmentFormat.name(firsts.removeFirst()));
    }
  }

  /**
   * Ends the segment that is written, so that it can be given back; the next commit begins another.
   * On the writing thread, with nothing in the batch.
   */
  void rollOver() throws IOException {
    if (batched > 0) {
      throw new IllegalStateException("a batch is being made");
    }
    DiskFile file = active;
    if (file != null) {
      active = null;
      activeFirst = size;
      file.close();
    }
  }

  /** The largest record that a segment begins at, or ends at, up to a limit. */
  long boundaryUpTo(long limit) throws IOException {
    long boundary = 0;
    for (long first : reader.segments()) {
      boundary = first <= limit ? Math.max(boundary, first) : boundary;
    }
    return activeFirst <= limit ? Math.max(boundary, activeFirst) : boundary;
  }

  /**
   * Removes the segments before a record, which one begins at or the last one ends at. What the
   * tree was there is durable before the first of them goes, so that a crash anywhere leaves a
   * journal that begins at the one place or the other. By one thread at a time, beside the writer.
   */
  void giveBack(FrontierMark begin) throws IOException {
    if (begin.size() > activeFirst) {
      throw new IllegalArgumentException("the segment that is written is not given back");
    }
    disk.replace(FrontierMark.BEGIN, begin.encode());
    for (long first : reader.segments()) {
      if (first < begin.size()) {
        remove(SegmentFormat.name(first));
      }
    }
  }

  /**
   * Overwrites a segment in its place, so that what it said is not left in blocks that are free.
   */
  private void remove(String segment) throws IOException {
    try (DiskFile file = disk.open(segment)) {
      writeZeros(file, 0, file.sizeBytes());
      file.sync();
    }
    disk.delete(segment);
  }

  private static void writeZeros(DiskFile file, long from, long to) throws IOException {
    ByteBuffer zeros = ByteBuffer.allocate((int) Math.max(1, Math.min(ZEROS_BYTES, to - from)));
    for (long at = from; at < to; at += zeros.capacity()) {
      zeros.clear().limit((int) Math.min(zeros.capacity(), to - at));
      file.write(zeros, at);
    }
  }

  /**
   * The last batch is whole, but its sync may not have been asked for, or may have failed: then the
   * kernel shows pages that it believes clean and that no disk has. Writing them again makes the
   * next sync mean something. All earlier batches were synced before the next one was written.
   */
  private void writeAgain(DiskFile file, long lastBatch) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate((int) (activeOffset - lastBatch));
    if (file.read(bytes, lastBatch) != bytes.capacity()) {
      throw new IOException("the segment in " + disk + " became shorter while it was read");
    }
    file.write(bytes.flip(), lastBatch);
  }

  /** Overwrites what a crash left of a batch that was never acknowledged. */
  private void cutTornEnd(DiskFile file, long writtenEnd) throws IOException {
    if (writtenEnd == activeOffset) {
      return;
    }
    LOGGER.log(
        System.Logger.Level.INFO,
        "Cutting off {0} bytes of an unfinished write behind record {1}",
        writtenEnd - activeOffset,
        size - 1);
    writeZeros(file, activeOffset, writtenEnd);
  }

  /** Number of durable records. */
  public long size() {
    return size;
  }

  /** First record of the segment that is written; the size where none is. */
  long segmentBegin() {
    return activeFirst;
  }

  /** Index that the record has which is added next. */
  public long nextIndex() {
    return size + batched;
  }

  /** Reads what is durable. */
  public JournalReader reader() {
    return reader;
  }

  /**
   * Whether a payload of a length still fits into the batch; an empty batch takes every legal one.
   */
  public boolean fits(int payloadBytes) {
    return payloadBytes <= recordBytesMax()
        && batch.remaining() >= SegmentFormat.RECORD_HEADER_BYTES + payloadBytes;
  }

  /** Longest payload of this journal, in bytes. */
  public int recordBytesMax() {
    return Math.min(
        SegmentFormat.RECORD_BYTES_MAX,
        batch.capacity() - SegmentFormat.BATCH_HEADER_BYTES - SegmentFormat.RECORD_HEADER_BYTES);
  }

  /** Adds a record to the batch, which must have room for it: see {@link #fits}. */
  public void add(Payload payload) {
    int length = payload.payloadBytes();
    if (!fits(length)) {
      throw new IllegalArgumentException(
          "a record of " + length + " bytes does not fit into the batch");
    }
    int start = batch.position();
    batch.putInt(length).putInt(0);
    payload.write(batch);
    if (batch.position() - start != SegmentFormat.RECORD_HEADER_BYTES + length) {
      batch.position(start);
      throw new IllegalArgumentException("the payload has another length than it said");
    }
    batched++;
  }

  /** Adds a record to the batch. */
  public void add(byte[] payload) {
    add(
        new Payload() {
          @Override
          public int payloadBytes() {
            return payload.length;
          }

          @Override
          public void write(ByteBuffer target) {
            target.put(payload);
          }
        });
  }

  /**
   * Makes the batch durable.
   *
   * @return whether it is; false when the journal is full: then nothing was written, the batch is
   *     gone, and a later one may find room
   * @throws LogFailedException when it is unknown whether it is; the journal is dead from then on
   */
  public boolean commit() {
    if (failed) {
      throw new LogFailedException("the journal in " + disk + " failed before", null);
    }
    if (batched == 0) {
      return true;
    }
    try {
      int bodyBytes = batch.position() - SegmentFormat.BATCH_HEADER_BYTES;
      SegmentFormat.BatchHeader header = new SegmentFormat.BatchHeader(bodyBytes, size, batched);
      DiskFile file = active;
      if (file == null || header.alignedBytes() > activeBytes - activeOffset) {
        if (!spare.prepare()) {
          abandon();
          return false;
        }
        file = activateSpare();
      }
      seal(header);
      file.write(batch.flip(), activeOffset);
      file.sync();
      activeOffset += header.alignedBytes();
      size = nextIndex();
      clearBatch();
      return true;
    } catch (IOException e) {
      failed = true;
      clearBatch();
      throw new LogFailedException("writing to the journal in " + disk + " failed", e);
    }
  }

  /** Puts the checksums into the batch, which starts from the seed of the segment it goes to. */
  private void seal(SegmentFormat.BatchHeader header) {
    int at = SegmentFormat.BATCH_HEADER_BYTES;
    for (int i = 0; i < batched; i++) {
      int length = batch.getInt(at);
      ByteBuffer payload = batch.slice(at + SegmentFormat.RECORD_HEADER_BYTES, length);
      batch.putInt(at + 4, SegmentFormat.crc(crc, payload, activeSeed + size + i));
      at += SegmentFormat.RECORD_HEADER_BYTES + length;
    }
    header.write(batch, activeSeed);
  }

  /** Drops the batch. */
  public void abandon() {
    clearBatch();
  }

  private void clearBatch() {
    batch.clear().position(SegmentFormat.BATCH_HEADER_BYTES);
    batched = 0;
  }

  /** The spare becomes the segment that is written. */
  private DiskFile activateSpare() throws IOException {
    SegmentFormat.SegmentHeader header =
        new SegmentFormat.SegmentHeader(size, random.nextLong(), origin);
    DiskFile file = spare.activate(header);
    if (active != null) {
      active.close();
    }
    active = file;
    activeFirst = size;
    activeSeed = header.seed();
    activeOffset = SegmentFormat.SEGMENT_HEADER_BYTES;
    activeBytes = options.segmentBytes();
    return file;
  }

  /**
   * Allocates the next segment when there is none ready yet and the disk has room for it. Called by
   * a background thread, so that a commit finds it done.
   *
   * @return whether one is ready
   */
  public boolean prepareNext() {
    return spare.prepare();
  }

  /** Whether a spare segment is ready. */
  boolean hasSpare() {
    return spare.isReady();
  }

  /** Closes the files and gives the folder free. A batch that was not committed is gone. */
  @Override
  public void close() throws IOException {
    failed = true;
    if (active != null) {
      active.close();
    }
    lock.close();
  }
}
