package dev.counterfoil.log.journal;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.DiskFile;
import dev.counterfoil.log.disk.LogDamagedException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Walks through the batches of one segment. Belongs to one thread. */
final class SegmentScan implements Closeable {
  private static final int PIECE_BYTES = 1 << 20;

  private final DiskFile file;
  private final String name;
  private final SegmentFormat.SegmentHeader header;
  private final CRC32C crc = new CRC32C();
  private final long fileBytes;
  private long offset = SegmentFormat.SEGMENT_HEADER_BYTES;
  private long next;
  private final ByteBuffer batchHeader = ByteBuffer.allocate(SegmentFormat.BATCH_HEADER_BYTES);
  private ByteBuffer body = ByteBuffer.allocate(0);

  /** What stands at the scan's offset. */
  enum Step {
    /** A whole batch: its body can be read. */
    BATCH,
    /** No whole batch: the end of what was written, a torn batch, or damage. */
    NONE
  }

  private SegmentScan(
      DiskFile file, String name, SegmentFormat.SegmentHeader header, long fileBytes) {
    this.file = file;
    this.name = name;
    this.header = header;
    this.fileBytes = fileBytes;
    this.next = header.first();
  }

  /**
   * Opens a segment to read.
   *
   * @throws LogDamagedException when it is not a segment of this journal
   */
  static SegmentScan open(Disk disk, String name, Hash origin) throws IOException {
    DiskFile file = disk.openToRead(name);
    boolean isOpen = false;
    try {
      SegmentScan scan = new SegmentScan(file, name, header(file, name), file.sizeBytes());
      if (!scan.header.origin().equals(origin)) {
        throw new LogDamagedException(
            "segment " + name + " belongs to another log: put it back where it came from");
      }
      if (scan.header.first() != SegmentFormat.first(name).orElse(-1)) {
        throw new LogDamagedException("segment " + name + " has the name of another segment");
      }
      isOpen = true;
      return scan;
    } finally {
      if (!isOpen) {
        file.close();
      }
    }
  }

  private static SegmentFormat.SegmentHeader header(DiskFile file, String name) throws IOException {
    byte[] bytes = new byte[SegmentFormat.SEGMENT_HEADER_BYTES];
    if (file.read(ByteBuffer.wrap(bytes), 0) != bytes.length) {
      throw new LogDamagedException("segment " + name + " is shorter than its header");
    }
    try {
      return SegmentFormat.SegmentHeader.parse(bytes);
    } catch (FormatException e) {
      throw new LogDamagedException(
          "segment " + name + " offset 0: " + e.getMessage() + "; restore it from a copy", e);
    }
  }

  /** Goes to a batch that is known to begin at an offset. */
  void seek(long batchOffset, long firstIndex) {
    offset = batchOffset;
    next = firstIndex;
  }

  /** Reads the batch at the offset and goes behind it. */
  Step step() throws IOException {
    SegmentFormat.BatchHeader batch = nextHeader();
    if (batch == null || !readBody(batch)) {
      return Step.NONE;
    }
    goBehind(batch);
    return Step.BATCH;
  }

  /**
   * Goes behind the batch at the offset where all of it lies before a record. It is not read.
   *
   * @return whether it did
   */
  boolean skipBefore(long record) throws IOException {
    SegmentFormat.BatchHeader batch = nextHeader();
    if (batch == null || batch.first() + batch.count() > record) {
      return false;
    }
    goBehind(batch);
    return true;
  }

  private void goBehind(SegmentFormat.BatchHeader batch) {
    offset += batch.alignedBytes();
    next += batch.count();
  }

  /** The header at the offset, where it can be that of the next batch. */
  private SegmentFormat.@Nullable BatchHeader nextHeader() throws IOException {
    SegmentFormat.BatchHeader batch = batchHeader(offset);
    return batch == null || batch.first() != next || batch.alignedBytes() > fileBytes - offset
        ? null
        : batch;
  }

  private SegmentFormat.@Nullable BatchHeader batchHeader(long at) throws IOException {
    batchHeader.clear();
    if (at + batchHeader.capacity() > fileBytes
        || file.read(batchHeader, at) != batchHeader.capacity()) {
      return null;
    }
    return SegmentFormat.BatchHeader.read(batchHeader, 0, header.seed());
  }

  private boolean readBody(SegmentFormat.BatchHeader batch) throws IOException {
    if (body.capacity() < batch.bodyBytes()) {
      // Many a scan reads one short batch; one of many grows to the longest soon.
      body = ByteBuffer.allocate(Math.max(batch.bodyBytes(), 2 * body.capacity()));
    }
    body.clear().limit(batch.bodyBytes());
    if (file.read(body, offset + SegmentFormat.BATCH_HEADER_BYTES) != batch.bodyBytes()) {
      return false;
    }
    body.flip();
    int at = 0;
    for (int i = 0; i < batch.count(); i++) {
      if (at + SegmentFormat.RECORD_HEADER_BYTES > batch.bodyBytes()) {
        return false;
      }
      int length = body.getInt(at);
      if (length < 0
          || length > batch.bodyBytes() - at - SegmentFormat.RECORD_HEADER_BYTES
          || body.getInt(at + 4)
              != SegmentFormat.crc(
                  crc,
                  body.slice(at + SegmentFormat.RECORD_HEADER_BYTES, length),
                  header.seed() + batch.first() + i)) {
        return false;
      }
      at += SegmentFormat.RECORD_HEADER_BYTES + length;
    }
    return at == batch.bodyBytes();
  }

  /** The records of the batch that was read last, with their lengths and checksums before them. */
  ByteBuffer body() {
    return body.duplicate();
  }

  private ByteBuffer piece() {
    return ByteBuffer.allocate((int) Math.max(1, Math.min(PIECE_BYTES, fileBytes - offset)));
  }

  /** Offset of the first whole header of a later batch behind the scan's offset, or -1. */
  long laterBatch() throws IOException {
    ByteBuffer piece = piece();
    // Pieces overlap, so that a header is whole in one of them.
    long step = PIECE_BYTES - SegmentFormat.BATCH_HEADER_BYTES;
    for (long at = offset; at < fileBytes; at += step) {
      piece.clear();
      int count = file.read(piece, at);
      for (int i = 0; i + SegmentFormat.BATCH_HEADER_BYTES <= count; i += SegmentFormat.ALIGNMENT) {
        SegmentFormat.BatchHeader later = SegmentFormat.BatchHeader.read(piece, i, header.seed());
        if (later != null && later.first() > next) {
          return at + i;
        }
      }
    }
    return -1;
  }

  /** Offset behind the last byte that is not zero. */
  long writtenEnd() throws IOException {
    ByteBuffer piece = piece();
    long end = offset;
    for (long at = offset; at < fileBytes; at += PIECE_BYTES) {
      piece.clear();
      int count = file.read(piece, at);
      int i = count;
      while (i >= Long.BYTES && piece.getLong(i - Long.BYTES) == 0) {
        i -= Long.BYTES;
      }
      while (i > 0 && piece.get(i - 1) == 0) {
        i--;
      }
      end = i > 0 ? at + i : end;
    }
    return end;
  }

  String name() {
    return name;
  }

  long seed() {
    return header.seed();
  }

  long fileBytes() {
    return fileBytes;
  }

  /** Where the next batch begins. */
  long offset() {
    return offset;
  }

  /** Index of the record that comes next. */
  long next() {
    return next;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
