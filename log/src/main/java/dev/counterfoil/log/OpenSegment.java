package dev.counterfoil.log;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/** The segment of a journal that is written, from an offset on. Belongs to the writing thread. */
final class OpenSegment implements Closeable {
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

  /** Writes a batch and makes it durable. */
  void append(ByteBuffer batch, SegmentFormat.BatchHeader header) throws IOException {
    file.write(batch, offset);
    file.sync();
    offset += header.alignedBytes();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
