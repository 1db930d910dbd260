package dev.counterfoil.custodian.held;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The items of a custody file, as they came: kind and length in four bytes, CRC-32C of those four
 * and the content, content. A file ends where an item is not whole.
 */
final class SegmentItems {
  /** Bytes before an item's content. */
  static final int HEAD_BYTES = 8;

  private static final int READ_BYTES = 1 << 20;

  private final CRC32C crc = new CRC32C();

  /** Writes an item; the target has room for {@link #HEAD_BYTES} and the content. */
  void write(ByteBuffer target, int kind, byte[] content) {
    int head = kind << 24 | content.length;
    target.putInt(head).putInt(crc(head, content, 0, content.length)).put(content);
  }

  private int crc(int head, byte[] content, int offset, int length) {
    crc.reset();
    for (int shift = 24; shift >= 0; shift -= 8) {
      crc.update(head >>> shift);
    }
    crc.update(content, offset, length);
    return (int) crc.getValue();
  }

  /** Takes items in their order. */
  @FunctionalInterface
  interface Visitor {
    /**
     * Takes one.
     *
     * @param offset where its content begins
     * @return whether to go on; what is not taken counts as not whole
     */
    boolean item(int kind, byte[] content, long offset) throws IOException;
  }

  /** Reads a file from its begin and tells where the last item ends that is whole and taken. */
  long scan(FileChannel file, Visitor visitor) throws IOException {
    long end = 0;
    ByteBuffer buffer = ByteBuffer.allocate(READ_BYTES).limit(0);
    while (true) {
      byte @Nullable [] head = take(file, buffer, end, HEAD_BYTES);
      if (head == null) {
        return end;
      }
      int kindAndLength = ByteBuffer.wrap(head).getInt();
      int length = kindAndLength & 0xffffff;
      if (kindAndLength == 0 || length > RecordItem.RECORD_BYTES_MAX) {
        return end;
      }
      byte @Nullable [] content = take(file, buffer, end + HEAD_BYTES, length);
      if (content == null
          || crc(kindAndLength, content, 0, length) != ByteBuffer.wrap(head).getInt(4)
          || !visitor.item(kindAndLength >>> 24, content, end + HEAD_BYTES)) {
        return end;
      }
      end += HEAD_BYTES + length;
    }
  }

  /** The next bytes of a file that is read from one end to the other; null where it has no more. */
  private static byte @Nullable [] take(FileChannel file, ByteBuffer buffer, long at, int length)
      throws IOException {
    if (buffer.remaining() < length) {
      buffer.compact();
      long from = at + buffer.position();
      while (buffer.position() < length) {
        int read = file.read(buffer, from);
        if (read < 0) {
          buffer.flip();
          return null;
        }
        from += read;
      }
      buffer.flip();
    }
    byte[] bytes = new byte[length];
    buffer.get(bytes);
    return bytes;
  }
}
