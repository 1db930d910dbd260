package dev.counterfoil.log.journal;

import dev.counterfoil.log.disk.DiskFile;
import java.io.Closeable;
import java.io.IOException;

/** The segment of a journal that is written, from an offset on. Belongs to the writing thread. */
final class OpenSegment implements Closeable {
  /** A segment may end with a gap of this part of it. */
  private static final long GAP_SHARE = 128;

  private final DiskFile file;
  private final long seed;
  private final long bytes;
  private long offset;

  /**
   * A segment whose first bytes are durable.
   *
   * @param seed start of its checksums
   * @param bytes its length
   * @param offset where the next batch goes
   */
  OpenSegment(DiskFile file, long seed, long bytes, long offset) {
    this.file = file;
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
    offset += batch.header().alignedBytes();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
