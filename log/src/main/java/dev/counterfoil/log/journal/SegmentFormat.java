package dev.counterfoil.log.journal;

import dev.counterfoil.format.bytes.Decimal;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;
import java.util.zip.CRC32C;

/**
 * The bytes of a segment (spec/journal.md): a header, then batches, each at a multiple of 8 bytes,
 * then zeros. All numbers are big-endian.
 *
 * <p>A batch is what one sync made durable, and the next one is written only after that sync. So a
 * batch that is incomplete is a torn end when nothing follows it, and damage when something does:
 * this is how recovery tells one from the other, although a crash may leave any part of the last
 * batch. All checksums start from a random seed of the segment, so that nobody who chooses the
 * content of a record can make it look like a batch.
 */
public final class SegmentFormat {
  static final int ALIGNMENT = 8;
  static final int SEGMENT_HEADER_BYTES = 64;
  static final int BATCH_HEADER_BYTES = 24;
  static final int RECORD_HEADER_BYTES = 8;

  /** Longest record, in bytes. */
  public static final int RECORD_BYTES_MAX = 64 << 10;

  /** Longest batch with its header, in bytes: bounds the buffer and the time of one sync. */
  static final int BATCH_BYTES_MAX = 4 << 20;

  private static final int SEGMENT_MAGIC = 0x43465347; // "CFSG"
  private static final int BATCH_MAGIC = 0x43464254; // "CFBT"
  private static final int VERSION = 1;
  private static final int SEGMENT_CHECKED_BYTES = 56;
  private static final int BATCH_CHECKED_BYTES = 20;
  private static final String SUFFIX = ".segment";
  private static final int NAME_DIGITS = 20;

  private SegmentFormat() {}

  /**
   * A segment's header.
   *
   * @param first index of the segment's first record
   * @param seed start of all checksums of the segment
   * @param origin SHA-256 of the journal's origin
   */
  record SegmentHeader(long first, long seed, Hash origin) {
    ByteBuffer encode() {
      ByteBuffer header = ByteBuffer.allocate(SEGMENT_HEADER_BYTES);
      header.putInt(SEGMENT_MAGIC).putInt(VERSION).putLong(first).putLong(seed);
      header.put(origin.bytes());
      CRC32C crc = new CRC32C();
      crc.update(header.array(), 0, SEGMENT_CHECKED_BYTES);
      header.putInt((int) crc.getValue());
      return header.rewind();
    }

    static SegmentHeader parse(byte[] bytes) throws FormatException {
      ByteBuffer header = ByteBuffer.wrap(bytes);
      CRC32C crc = new CRC32C();
      crc.update(bytes, 0, SEGMENT_CHECKED_BYTES);
      if (header.getInt() != SEGMENT_MAGIC
          || header.getInt(SEGMENT_CHECKED_BYTES) != (int) crc.getValue()) {
        throw new FormatException("not a segment's header");
      }
      if (header.getInt() != VERSION) {
        throw new FormatException("segment is of a later version");
      }
      return new SegmentHeader(header.getLong(), header.getLong(), Hash.read(bytes, 24));
    }
  }

  /**
   * A batch's header.
   *
   * @param bodyBytes length of its records with their headers, without padding
   * @param first index of its first record
   * @param count number of records
   */
  record BatchHeader(int bodyBytes, long first, int count) {
    /** Length with header and padding: the distance to the next batch. */
    long alignedBytes() {
      return align(BATCH_HEADER_BYTES + (long) bodyBytes);
    }

    void write(ByteBuffer target, long seed) {
      target.putInt(0, BATCH_MAGIC).putInt(4, bodyBytes).putLong(8, first).putInt(16, count);
      target.putInt(BATCH_CHECKED_BYTES, crc(new CRC32C(), target, seed));
    }

    /** The header at the start of a buffer, or null when there is none. */
    static @org.jspecify.annotations.Nullable BatchHeader read(
        ByteBuffer source, int at, long seed) {
      if (source.getInt(at) != BATCH_MAGIC) {
        return null;
      }
      ByteBuffer header = source.slice(at, BATCH_HEADER_BYTES);
      int bodyBytes = header.getInt(4);
      int count = header.getInt(16);
      boolean isHeader =
          header.getInt(BATCH_CHECKED_BYTES) == crc(new CRC32C(), header, seed)
              && bodyBytes > 0
              && bodyBytes <= BATCH_BYTES_MAX - BATCH_HEADER_BYTES
              && count > 0;
      return isHeader ? new BatchHeader(bodyBytes, header.getLong(8), count) : null;
    }

    private static int crc(CRC32C crc, ByteBuffer header, long seed) {
      return SegmentFormat.crc(crc, header.slice(0, BATCH_CHECKED_BYTES), seed);
    }
  }

  /** CRC-32C of the seed and the bytes that remain in a buffer. */
  static int crc(CRC32C crc, ByteBuffer bytes, long seed) {
    crc.reset();
    for (int shift = 56; shift >= 0; shift -= 8) {
      crc.update((int) (seed >>> shift) & 0xff);
    }
    crc.update(bytes);
    return (int) crc.getValue();
  }

  static long align(long bytes) {
    return (bytes + ALIGNMENT - 1) & -ALIGNMENT;
  }

  /** The file name of the segment that starts at a record. */
  public static String name(long first) {
    String digits = Long.toString(first);
    return "0".repeat(NAME_DIGITS - digits.length()) + digits + SUFFIX;
  }

  /** The first record of the segment of a file name; empty when it is no segment's. */
  public static OptionalLong first(String name) {
    if (name.length() != NAME_DIGITS + SUFFIX.length() || !name.endsWith(SUFFIX)) {
      return OptionalLong.empty();
    }
    int zeros = 0;
    while (zeros < NAME_DIGITS - 1 && name.charAt(zeros) == '0') {
      zeros++;
    }
    try {
      return OptionalLong.of(Decimal.parse(name.substring(zeros, NAME_DIGITS), Long.MAX_VALUE));
    } catch (FormatException e) {
      return OptionalLong.empty();
    }
  }

  static Hash originHash(String origin) {
    return Hash.sha256(origin.getBytes(StandardCharsets.UTF_8));
  }
}
