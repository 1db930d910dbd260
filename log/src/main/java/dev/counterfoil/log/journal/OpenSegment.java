package dev.counterfoil.log.journal;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.DiskFile;
import dev.counterfoil.log.disk.LogDamagedException;
import java.io.Closeable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The segment of a journal that is written, from an offset on. Belongs to the writing thread, but
 * for {@link #requireReadBack}.
 */
final class OpenSegment implements Closeable {
  /** A segment may end with a gap of this part of it. */
  private static final long GAP_SHARE = 128;

  private final DiskFile file;
  private final String name;
  private final long seed;
  private final long bytes;
  private long offset;

  /** What was made durable last; none before the first batch of this process. */
  private volatile @Nullable Written last;

  /** A durable batch, and where it begins. */
  private record Written(SegmentFormat.BatchHeader batch, long offset) {}

  /**
   * A segment whose first bytes are durable.
   *
   * @param name of its file
   * @param seed start of its checksums
   * @param bytes its length
   * @param offset where the next batch goes
   */
  OpenSegment(DiskFile file, String name, long seed, long bytes, long offset) {
    this.file = file;
    this.name = name;
    this.seed = seed;
    this.bytes = bytes;
    this.offset = offset;
  }

  boolean hasRoomFor(SegmentFormat.BatchHeader batch) {
    return batch.alignedBytes() <= bytes - offset;
  }

  long seed() {
    return seed;
  }

  /** Bytes that are left, where that is worth a sync of its own. */
  long roomWorthFilling() {
    long room = bytes - offset;
    return room >= bytes / GAP_SHARE ? room : 0;
  }

  /** Writes a batch and makes it durable. */
  void append(RecordBatch.Sealed batch) throws IOException {
    file.write(batch.bytes(), offset);
    file.sync();
    last = new Written(batch.header(), offset);
    offset += batch.header().alignedBytes();
  }

  String name() {
    return name;
  }

  /**
   * Reads its length, its header and the batch that was written last, as the next start would. By
   * any thread.
   *
   * @throws LogDamagedException when they are not what was written
   */
  void requireReadBack(Disk disk, Hash origin) throws IOException {
    Written written = last;
    try (SegmentScan scan = SegmentScan.open(disk, name, origin)) {
      if (scan.fileBytes() != bytes || scan.seed() != seed) {
        throw new LogDamagedException(
            "segment %s has %d bytes and had %d, or another header"
                .formatted(name, scan.fileBytes(), bytes));
      }
      if (written != null) {
        scan.seek(written.offset, written.batch.first());
        if (scan.step() == SegmentScan.Step.NONE
            || scan.offset() != written.offset + written.batch.alignedBytes()) {
          throw new LogDamagedException(
              "segment %s offset %d: record %d is damaged"
                  .formatted(name, written.offset, written.batch.first()));
        }
      }
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
