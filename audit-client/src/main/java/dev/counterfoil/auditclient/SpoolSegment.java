package dev.counterfoil.auditclient;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * A file of a spool: eight bytes that say what it is, then records: length (4 bytes), CRC32C over
 * number and content (4 bytes), content. Its name is the number of its first record.
 *
 * @param file where it lies
 * @param first number of its first record
 */
record SpoolSegment(Path file, long first) {
  static final int HEAD_BYTES = 8;
  static final int RECORD_HEAD_BYTES = 8;
  static final int CONTENT_BYTES_MAX = 64 << 10;
  private static final byte[] MAGIC = "CFSPOOL1".getBytes(StandardCharsets.US_ASCII);
  private static final String SUFFIX = ".events";
  private static final int HEX_DIGITS = 16;

  /** Where the segment that begins with a record lies. */
  static SpoolSegment of(Path folder, long first) {
    return new SpoolSegment(
        folder.resolve(String.format(Locale.ROOT, "%016x", first) + SUFFIX), first);
  }

  /** The segment of a file's name; empty when it is none. */
  static Optional<SpoolSegment> named(Path file) {
    String name = String.valueOf(file.getFileName());
    if (name.length() != HEX_DIGITS + SUFFIX.length() || !name.endsWith(SUFFIX)) {
      return Optional.empty();
    }
    try {
      long first = Long.parseLong(name.substring(0, HEX_DIGITS), HEX_DIGITS);
      return Optional.of(new SpoolSegment(file, first));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  static ByteBuffer head() {
    return ByteBuffer.wrap(MAGIC);
  }

  static void write(ByteBuffer target, long number, byte[] content) {
    target.putInt(content.length).putInt(checksum(number, content)).put(content);
  }

  private static int checksum(long number, byte[] content) {
    CRC32C crc = new CRC32C();
    crc.update(ByteBuffer.allocate(Long.BYTES).putLong(0, number));
    crc.update(content);
    return (int) crc.getValue();
  }

  /** Whether the file begins as one. */
  static boolean hasHead(FileChannel channel) throws IOException {
    ByteBuffer head = ByteBuffer.allocate(HEAD_BYTES);
    return readFully(channel, head, 0) && head.flip().equals(head());
  }

  /** The record at a place; empty where no whole one is. */
  static Optional<byte[]> read(FileChannel channel, long offset, long number) throws IOException {
    ByteBuffer head = ByteBuffer.allocate(RECORD_HEAD_BYTES);
    if (!readFully(channel, head, offset)) {
      return Optional.empty();
    }
    int length = head.getInt(0);
    if (length < 1 || length > CONTENT_BYTES_MAX) {
      return Optional.empty();
    }
    ByteBuffer content = ByteBuffer.allocate(length);
    if (!readFully(channel, content, offset + RECORD_HEAD_BYTES)
        || checksum(number, content.array()) != head.getInt(4)) {
      return Optional.empty();
    }
    return Optional.of(content.array());
  }

  private static boolean readFully(FileChannel channel, ByteBuffer buffer, long offset)
      throws IOException {
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, offset + buffer.position()) < 0) {
        return false;
      }
    }
    return true;
  }
}
