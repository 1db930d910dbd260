package dev.counterfoil.log.journal;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.LogDamagedException;
import dev.counterfoil.log.disk.LogFailedException;
import dev.counterfoil.log.record.Payload;
import dev.counterfoil.log.tiles.FrontierMark;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.random.RandomGenerator;
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
  private final Disk disk;
  private final Hash origin;
  private final RandomGenerator random;
  private final Disk.DiskLock lock;
  private final JournalReader reader;
  private final RecordBatch batch;
  private final SpareSegment spare;

  /** Changed by the writing thread alone. */
  private volatile @Nullable OpenSegment active;

  private boolean failed;
  private volatile long size;

  /** First record of the segment that is written; the size where none is. */
  private volatile long activeFirst;

  private RecordJournal(
      Disk disk,
      Hash origin,
      JournalOptions options,
      RandomGenerator random,
      Disk.DiskLock lock,
      SpareSegment spare,
      SegmentRecovery.Found found) {
    this.disk = disk;
    this.origin = origin;
    this.random = random;
    this.lock = lock;
    this.spare = spare;
    this.reader = new JournalReader(disk, origin, this::size);
    // What fits into the shortest segment fits into each.
    this.batch =
        new RecordBatch(
            (int)
                Math.min(
                    SegmentFormat.BATCH_BYTES_MAX,
                    options.firstSegmentBytes() - SegmentFormat.SEGMENT_HEADER_BYTES));
    this.active = found.segment();
    this.activeFirst = found.segmentBegin();
    this.size = found.size();
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
      SpareSegment spare = new SpareSegment(disk, options);
      spare.find();
      Hash originHash = SegmentFormat.originHash(origin);
      SegmentRecovery.Found found = new SegmentRecovery(disk, originHash).recover(recordsMin);
      RecordJournal journal =
          new RecordJournal(disk, originHash, options, random, lock, spare, found);
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

  /**
   * Ends the segment that is written, so that it can be given back; the next commit begins another.
   * On the writing thread, with nothing in the batch.
   */
  public void rollOver() throws IOException {
    if (batch.count() > 0) {
      throw new IllegalStateException("a batch is being made");
    }
    OpenSegment segment = active;
    if (segment != null) {
      active = null;
      activeFirst = size;
      segment.close();
    }
  }

  /** The largest record that a segment begins at, or ends at, up to a limit. */
  public long boundaryUpTo(long limit) throws IOException {
    long boundary = 0;
    for (long first : reader.segments()) {
      boundary = first <= limit ? Math.max(boundary, first) : boundary;
    }
    return activeFirst <= limit ? Math.max(boundary, activeFirst) : boundary;
  }

  /** Removes the segments before a record. By one thread at a time, beside the writer. */
  public void giveBack(FrontierMark begin) throws IOException {
    if (begin.size() > activeFirst) {
      throw new IllegalArgumentException("the segment that is written is not given back");
    }
    SegmentRemoval.removeBefore(disk, begin, reader.segments());
  }

  /** Number of durable records. */
  public long size() {
    return size;
  }

  /** First record of the segment that is written; the size where none is. */
  public long segmentBegin() {
    return activeFirst;
  }

  /**
   * Looks whether the folder and the segment that is written are in place, and may be written; see
   * {@link Disk#requireInPlace}. By any thread.
   */
  public void requireInPlace() throws IOException {
    long first = activeFirst;
    disk.requireInPlace(first < size ? Optional.of(SegmentFormat.name(first)) : Optional.empty());
    disk.requireWritable();
  }

  /**
   * Reads back the header and the last batch of the segment that is written: whoever changes or
   * cuts off a file that this process has open is noticed at the next start only otherwise. By any
   * thread. It says nothing of earlier batches, nor of a disk whose pages the kernel still has in
   * memory: these are the scrubber's.
   *
   * @throws IOException when they are not as they were written
   */
  public void requireReadBack() throws IOException {
    OpenSegment segment = active;
    if (segment == null) {
      return;
    }
    try {
      segment.requireReadBack(disk, origin);
    } catch (IOException | LogDamagedException e) {
      // One that ended since may have been given back.
      if (segment == active) {
        throw new IOException(
            "%s/%s cannot be read back: %s".formatted(disk, segment.name(), e.getMessage()), e);
      }
    }
  }

  /** Index that the record has which is added next. */
  public long nextIndex() {
    return size + batch.count();
  }

  /** Reads what is durable. */
  public JournalReader reader() {
    return reader;
  }

  /**
   * Whether a payload of a length still fits into the batch; an empty batch takes every legal one.
   */
  public boolean fits(int payloadBytes) {
    return batch.fits(payloadBytes);
  }

  /** Adds a record to the batch, which must have room for it: see {@link #fits}. */
  public void add(Payload payload) {
    batch.add(payload);
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
    if (batch.count() == 0) {
      return true;
    }
    try {
      OpenSegment segment = active;
      if (segment == null || !segment.hasRoomFor(batch.header(size))) {
        if (!spare.prepare()) {
          abandon();
          return false;
        }
        if (segment != null) {
          fill(segment);
        }
        segment = activateSpare();
      }
      segment.append(batch.seal(size, segment.seed()));
      size = nextIndex();
      batch.clear();
      return true;
    } catch (IOException e) {
      failed = true;
      batch.clear();
      throw new LogFailedException("writing to the journal in " + disk + " failed", e);
    }
  }

  /** The first records of the batch go where one ends, so that large batches leave no large gap. */
  private void fill(OpenSegment segment) throws IOException {
    Optional<RecordBatch.Sealed> first =
        batch.split(size, segment.seed(), segment.roomWorthFilling());
    if (first.isPresent()) {
      segment.append(first.get());
      long written = size + first.get().header().count();
      size = written;
    }
  }

  /** Drops the batch. */
  public void abandon() {
    batch.clear();
  }

  /** The spare becomes the segment that is written. */
  private OpenSegment activateSpare() throws IOException {
    OpenSegment next =
        spare.activate(new SegmentFormat.SegmentHeader(size, random.nextLong(), origin));
    OpenSegment full = active;
    active = next;
    activeFirst = size;
    if (full != null) {
      full.close();
    }
    return next;
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
  public boolean hasSpare() {
    return spare.isReady();
  }

  /** Closes the files and gives the folder free. A batch that was not committed is gone. */
  @Override
  public void close() throws IOException {
    failed = true;
    OpenSegment segment = active;
    if (segment != null) {
      segment.close();
    }
    lock.close();
  }
}
