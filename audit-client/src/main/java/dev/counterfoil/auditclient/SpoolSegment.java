package dev.counterfoil.auditclient;

import dev.counterfoil.auditclient.SpoolDisk.SpoolFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.zip.CRC32C;

/**
 * How a file of a spool is: eight bytes that say what it is, then records: length (4 bytes), CRC32C
 * over number and content (4 bytes), content. Its name is the number of its first record. What lies
 * behind the last whole record counts for nothing, zeros among it.
 */
final class SpoolSegment {
  static final int HEAD_BYTES = 8;
  static final int RECORD_HEAD_BYTES = 8;
  static final int CONTENT_BYTES_MAX = 64 << 10;
  private static final byte[] MAGIC = "CFSPOOL1".getBytes(StandardCharsets.US_ASCII);
  private static final String SUFFIX = ".events";
  private static final int HEX_DIGITS = 16;

  private SpoolSegment() {}

  /** Name of the segment that begins with a record. */
  static String name(long first) {
    return String.format(Locale.ROOT, "%016x", first) + SUFFIX;
  }

  /** Number of a segment's first record; empty when the name is none of a segment. */
  static OptionalLong first(String name) {
    if (name.length() != HEX_DIGITS + SUFFIX.length() || !name.endsWith(SUFFIX)) {
      return OptionalLong.empty();
    }
    try {
      return OptionalLong.of(Long.parseLong(name.substring(0, HEX_DIGITS), HEX_DIGITS));
    } catch (NumberFormatException e) {
      return OptionalLong.empty();
    }
  }

  static ByteBuffer head() {
    return ByteBuffer.wrap(MAGIC);
  }

  /** Bytes that records take. */
  static int length(List<byte[]> contents) {
    return contents.stream().mapToInt(one -> one.length + RECORD_HEAD_BYTES).sum();
  }

  /** Records as they stand in a file, behind its head where they are its first. */
  static ByteBuffer records(long number, List<byte[]> contents, boolean withHead) {
    ByteBuffer bytes = ByteBuffer.allocate((withHead ? HEAD_BYTES : 0) + length(contents));
    if (withHead) {
      bytes.put(MAGIC);
    }
    long next = number;
    for (byte[] content : contents) {
      bytes.putInt(content.length).putInt(checksum(next++, content)).put(content);
    }
    return bytes.flip();
  }

  private static int checksum(long number, byte[] content) {
    CRC32C crc = new CRC32C();
    crc.update(ByteBuffer.allocate(Long.BYTES).putLong(0, number));
    crc.update(content);
    return (int) crc.getValue();
  }

  /** Whether the file begins as one. */
  static boolean hasHead(SpoolFile file) throws IOException {
    ByteBuffer head = ByteBuffer.allocate(HEAD_BYTES);
    return file.read(head, 0) == HEAD_BYTES && head.flip().equals(head());
  }

  /** The record at a place; empty where no whole one is. */
  static Optional<byte[]> read(SpoolFile file, long offset, long number) throws IOException {
    ByteBuffer head = ByteBuffer.allocate(RECORD_HEAD_BYTES);
    if (file.read(head, offset) < RECORD_HEAD_BYTES) {
      return Optional.empty();
    }
    int length = head.getInt(0);
    if (length < 1 || length > CONTENT_BYTES_MAX) {
      return Optional.empty();
    }
    ByteBuffer content = ByteBuffer.allocate(length);
    if (file.read(content, offset + RECORD_HEAD_BYTES) < length
        || checksum(number, content.array()) != head.getInt(4)) {
      return Optional.empty();
    }
    return Optional.of(content.array());
  }
}
