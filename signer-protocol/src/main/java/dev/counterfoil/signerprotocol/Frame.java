package dev.counterfoil.signerprotocol;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.counterfoil.format.bytes.FormatException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One message on the wire: {@code u32 length | u8 version | u8 kind | u64 correlation | body},
 * numbers big-endian, the length counting what follows it. Text is {@code u16 bytes} and UTF-8.
 */
final class Frame {
  /** The protocol's version. A peer that speaks another is told so and disconnected. */
  static final byte VERSION = 1;

  /** Bytes before the body, without the length. */
  static final int HEADER_BYTES = 1 + 1 + 8;

  /** Longest request accepted by a server. */
  static final int REQUEST_BYTES_MAX = 256 * 1024;

  /** Longest answer accepted by a client. */
  static final int ANSWER_BYTES_MAX = 16 * 1024 * 1024;

  private Frame() {}

  /** Builds a frame, header included. */
  static final class Writer {
    private byte[] bytes;
    private int length;

    /**
     * @param sizeHint the body's length in bytes where it is known, which saves a copy of it
     */
    Writer(byte kind, long correlation, int sizeHint) {
      bytes = new byte[4 + HEADER_BYTES + sizeHint];
      length = 4;
      u8(VERSION);
      u8(kind);
      u64(correlation);
    }

    private void room(int count) {
      if (bytes.length - length < count) {
        bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + count));
      }
    }

    Writer u8(int value) {
      room(1);
      bytes[length++] = (byte) value;
      return this;
    }

    Writer u16(int value) {
      return u8(value >>> 8).u8(value);
    }

    Writer u32(int value) {
      return u16(value >>> 16).u16(value);
    }

    Writer u64(long value) {
      return u32((int) (value >>> 32)).u32((int) value);
    }

    Writer text(String value) {
      byte[] utf8 = value.getBytes(UTF_8);
      if (utf8.length > 0xffff) {
        throw new IllegalArgumentException("text is longer than 65,535 bytes");
      }
      u16(utf8.length);
      return raw(utf8);
    }

    Writer texts(List<String> values) {
      u16(values.size());
      values.forEach(this::text);
      return this;
    }

    Writer bytes(byte[] value) {
      return u32(value.length).raw(value);
    }

    private Writer raw(byte[] value) {
      room(value.length);
      System.arraycopy(value, 0, bytes, length, value.length);
      length += value.length;
      return this;
    }

    /** The finished frame. */
    byte[] finish() {
      ByteBuffer.wrap(bytes).putInt(length - 4);
      return length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
    }
  }

  /** Reads a body; every read is bounded by what the frame holds. */
  static final class Reader {
    private final ByteBuffer body;

    /** Reads a body that lies in an array. */
    Reader(ByteBuffer body) {
      this.body = body;
    }

    private void need(int count) throws FormatException {
      if (count < 0 || body.remaining() < count) {
        throw new FormatException("frame ends too early");
      }
    }

    int u8() throws FormatException {
      need(1);
      return body.get() & 0xff;
    }

    int u16() throws FormatException {
      need(2);
      return body.getShort() & 0xffff;
    }

    int u32() throws FormatException {
      need(4);
      return body.getInt();
    }

    long u64() throws FormatException {
      need(8);
      return body.getLong();
    }

    String text() throws FormatException {
      int count = u16();
      need(count);
      int at = body.position();
      String text = new String(body.array(), body.arrayOffset() + at, count, UTF_8);
      // What stands in for bytes that are no UTF-8; it may also have been sent as itself.
      if (text.indexOf('\ufffd') >= 0) {
        requireUtf8(body.slice(at, count));
      }
      body.position(at + count);
      return text;
    }

    private static void requireUtf8(ByteBuffer bytes) throws FormatException {
      try {
        UTF_8.newDecoder().decode(bytes);
      } catch (CharacterCodingException e) {
        throw new FormatException("text is not UTF-8", e);
      }
    }

    List<String> texts(int countMax) throws FormatException {
      int count = u16();
      if (count > countMax) {
        throw new FormatException("more than " + countMax + " texts");
      }
      List<String> texts = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        texts.add(text());
      }
      return texts;
    }

    byte[] bytes() throws FormatException {
      return raw(u32());
    }

    private byte[] raw(int count) throws FormatException {
      need(count);
      byte[] value = new byte[count];
      body.get(value);
      return value;
    }

    /** Refuses bytes after the last field. */
    void end() throws FormatException {
      if (body.hasRemaining()) {
        throw new FormatException("frame goes on after its message");
      }
    }
  }
}
