package dev.counterfoil.audit.event;

import dev.counterfoil.format.bytes.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** JSON that is written piece by piece, as bytes. Belongs to one thread at a time. */
public final class JsonBytes {
  private static final byte[] HEX = ascii("0123456789abcdef");

  /** Of each character of US-ASCII what it is in a text, where that is not itself. */
  private static final byte[][] ESCAPES = escapes();

  private byte[] bytes;
  private int length;

  public JsonBytes(int lengthAbout) {
    this.bytes = new byte[lengthAbout];
  }

  private static byte[][] escapes() {
    byte[][] escapes = new byte[128][];
    for (char c = 0; c < escapes.length; c++) {
      StringBuilder quoted = new StringBuilder();
      JsonObject.quote(quoted, String.valueOf(c));
      byte[] inQuotes = ascii(quoted.toString());
      escapes[c] =
          inQuotes.length == 3 ? new byte[0] : Arrays.copyOfRange(inQuotes, 1, inQuotes.length - 1);
    }
    return escapes;
  }

  /** Bytes of a text in US-ASCII. */
  public static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** What is written, in an array that goes on behind {@link #length}; until more is written. */
  public byte[] bytes() {
    return bytes;
  }

  public int length() {
    return length;
  }

  /** Takes back what was written behind a length. */
  public void cut(int to) {
    length = Math.min(length, to);
  }

  public JsonBytes put(char ascii) {
    room(1);
    bytes[length++] = (byte) ascii;
    return this;
  }

  public JsonBytes put(byte[] all) {
    return put(all, 0, all.length);
  }

  JsonBytes put(byte[] from, int begin, int end) {
    room(end - begin);
    System.arraycopy(from, begin, bytes, length, end - begin);
    length += end - begin;
    return this;
  }

  public JsonBytes number(long number) {
    if (number < 0) {
      // None of ours.
      return put(ascii(Long.toString(number)));
    }
    int digits = 1;
    for (long left = number; left > 9; left /= 10) {
      digits++;
    }
    room(digits);
    long left = number;
    for (int at = length + digits - 1; at >= length; at--) {
      bytes[at] = (byte) ('0' + left % 10);
      left /= 10;
    }
    length += digits;
    return this;
  }

  /** Puts lower-case hexadecimal digits where something was written before. */
  public void hex(int at, byte[] value) {
    for (int i = 0; i < value.length; i++) {
      bytes[at + 2 * i] = HEX[(value[i] >> 4) & 15];
      bytes[at + 2 * i + 1] = HEX[value[i] & 15];
    }
  }

  /** A text, given in UTF-8, with the escapes of RFC 8785 3.2.2.2 and no others. */
  JsonBytes quote(byte[] utf8) {
    put('"');
    int copied = 0;
    for (int i = 0; i < utf8.length; i++) {
      byte one = utf8[i];
      if (one >= 0 && (one < 0x20 || one == '"' || one == '\\')) {
        put(utf8, copied, i).put(ESCAPES[one]);
        copied = i + 1;
      }
    }
    return put(utf8, copied, utf8.length).put('"');
  }

  private void room(int more) {
    if (more > bytes.length - length) {
      bytes = Arrays.copyOf(bytes, Math.max(length + more, length + (length >> 1)));
    }
  }
}
