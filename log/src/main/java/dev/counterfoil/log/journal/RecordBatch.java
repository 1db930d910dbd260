package dev.counterfoil.log.journal;

import dev.counterfoil.log.record.Payload;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * The records that one sync will make durable, in the bytes in which they are written
 * (spec/journal.md). Belongs to the writing thread.
 */
final class RecordBatch {
  private final ByteBuffer bytes;
  private final CRC32C crc = new CRC32C();
  private int count;

  /** Where the header of what is left begins: the first records may have been written before. */
  private int start;

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

  void add(Payload payload) {
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
    return header(first, count, bytes.position());
  }

  private SegmentFormat.BatchHeader header(long first, int records, int end) {
    return new SegmentFormat.BatchHeader(
        end - start - SegmentFormat.BATCH_HEADER_BYTES, first, records);
  }

  /**
   * Takes the first records off, as many as there is room for: a batch of their own, with header
   * and checksums, which is written before the next use of this one.
   *
   * @param room bytes that it may have, with its padding
   * @return empty when there is no room for one
   */
  Optional<Sealed> split(long first, long seed, long room) {
    int end = start + SegmentFormat.BATCH_HEADER_BYTES;
    int records = 0;
    while (records < count) {
      int next = end + SegmentFormat.RECORD_HEADER_BYTES + bytes.getInt(end);
      if (header(first, records + 1, next).alignedBytes() > room) {
        break;
      }
      end = next;
      records++;
    }
    if (records == 0) {
      return Optional.empty();
    }
    SegmentFormat.BatchHeader header = header(first, records, end);
    ByteBuffer sealed = seal(header, seed, end);
    // The header of what is left takes the place of bytes that are written by then.
    start = end - SegmentFormat.BATCH_HEADER_BYTES;
    count -= records;
    return Optional.of(new Sealed(header, sealed));
  }

  /**
   * A batch as it is written.
   *
   * @param bytes what remains is the batch, without padding
   */
  record Sealed(SegmentFormat.BatchHeader header, ByteBuffer bytes) {}

  /**
   * All of the batch, with header and checksums, which start from the seed of the segment that it
   * goes to.
   */
  Sealed seal(long first, long seed) {
    SegmentFormat.BatchHeader header = header(first);
    return new Sealed(header, seal(header, seed, bytes.position()));
  }

  private ByteBuffer seal(SegmentFormat.BatchHeader header, long seed, int end) {
    ByteBuffer batch = bytes.duplicate().position(start).limit(end).slice();
    int at = SegmentFormat.BATCH_HEADER_BYTES;
    for (int i = 0; i < header.count(); i++) {
      int length = batch.getInt(at);
      ByteBuffer payload = batch.slice(at + SegmentFormat.RECORD_HEADER_BYTES, length);
      batch.putInt(at + 4, SegmentFormat.crc(crc, payload, seed + header.first() + i));
      at += SegmentFormat.RECORD_HEADER_BYTES + length;
    }
    header.write(batch, seed);
    return batch;
  }

  void clear() {
    bytes.clear().position(SegmentFormat.BATCH_HEADER_BYTES);
    start = 0;
    count = 0;
  }
}
