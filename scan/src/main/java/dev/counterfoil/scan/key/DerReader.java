package dev.counterfoil.scan.key;

/** Reads DER elements in bytes that may be anything. */
final class DerReader {
  static final int INTEGER = 0x02;
  static final int OCTET_STRING = 0x04;
  static final int OBJECT_IDENTIFIER = 0x06;
  static final int SEQUENCE = 0x30;

  private static final int LENGTH_BYTES_MAX = 3;

  private final byte[] bytes;
  private final int limit;

  /** Where the content of the element that was read last begins. */
  private int content;

  /** Where it ends, exclusive. */
  private int end;

  DerReader(byte[] bytes, int limit) {
    this.bytes = bytes;
    this.limit = limit;
  }

  /**
   * Reads the header of an element.
   *
   * @return whether there is one with that tag, whole, with a length in its shortest form
   */
  boolean read(int at, int tag) {
    if (at < 0 || at > limit - 2 || (bytes[at] & 0xff) != tag) {
      return false;
    }
    int length = bytes[at + 1] & 0xff;
    content = at + 2;
    if (length > 0x7f) {
      int count = length & 0x7f;
      if (count < 1 || count > LENGTH_BYTES_MAX || content > limit - count) {
        return false;
      }
      length = 0;
      for (int i = 0; i < count; i++) {
        length = (length << 8) | (bytes[content++] & 0xff);
      }
      boolean shortest = length > 0x7f && (length >>> (8 * (count - 1))) != 0;
      if (!shortest) {
        return false;
      }
    }
    end = content + length;
    return end <= limit;
  }

  /**
   * Finds the header of the element whose content begins at a place.
   *
   * @return where it begins, or -1
   */
  int headerBefore(int contentAt, int tag) {
    for (int header = 2; header <= 2 + LENGTH_BYTES_MAX; header++) {
      if (read(contentAt - header, tag) && content == contentAt) {
        return contentAt - header;
      }
    }
    return -1;
  }

  int content() {
    return content;
  }

  int end() {
    return end;
  }

  int length() {
    return end - content;
  }
}
