package dev.counterfoil.log;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * The records that one sync will make durable, in the bytes in which they are written
 * (spec/journal.md). Belongs to the writing thread.
 */
final class RecordBatch {
  private final ByteBuffer bytes;
  private final CRC32C crc = new CRC32C();
  private int count;

  /**
   * An empty batch.
   *
   * @param bytesMax its longest, with its header
   */
  RecordBatch(int bytesMax) {
    bytes = ByteBuffer.allocateDirect(bytesMax);
    clear();
  }

  int count() {
    return count;
  }

  /** Longest payload that an empty batch takes. */
  int payloadBytesMax() {
    return Math.min(
        SegmentFormat.RECORD_BYTES_MAX,
        bytes.capacity() - SegmentFormat.BATCH_HEADER_BYTES - SegmentFormat.RECORD_HEADER_BYTES);
  }

  boolean fits(int payloadBytes) {
    return payloadBytes <= payloadBytesMax()
        && bytes.remaining() >= SegmentFormat.RECORD_HEADER_BYTES + payloadBytes;
  }

  void add(RecordJournal.Payload payload) {
    int length = payload.payloadBytes();
    if (!fits(length)) {
      throw new IllegalArgumentException(
          "a record of " + length + " bytes does not fit into the batch");
    }
    int start = bytes.position();
    bytes.putInt(length).putInt(0);
    payload.write(bytes);
    if (bytes.position() - start != SegmentFormat.RECORD_HEADER_BYTES + length) {
      bytes.position(start);
      throw new IllegalArgumentException("the payload has another length than it said");
    }
    count++;
  }

  /** The header that the batch has where its first record has an index. */
  SegmentFormat.BatchHeader header(long first) {
    int bodyBytes = bytes.position() - SegmentFormat.BATCH_HEADER_BYTES;
    return new SegmentFormat.BatchHeader(bodyBytes, first, count);
  }

  /**
   * Puts header and checksums in, which start from the seed of the segment that the batch goes to.
   *
   * @return the bytes to write
   */
  ByteBuffer seal(SegmentFormat.BatchHeader header, long seed) {
    int at = SegmentFormat.BATCH_HEADER_BYTES;
    for (int i = 0; i < count; i++) {
      int length = bytes.getInt(at);
      ByteBuffer payload = bytes.slice(at + SegmentFormat.RECORD_HEADER_BYTES, length);
      bytes.putInt(at + 4, SegmentFormat.crc(crc, payload, seed + header.first() + i));
      at += SegmentFormat.RECORD_HEADER_BYTES + length;
    }
    header.write(bytes, seed);
    return bytes.flip();
  }

  void clear() {
    bytes.clear().position(SegmentFormat.BATCH_HEADER_BYTES);
    count = 0;
  }
}
