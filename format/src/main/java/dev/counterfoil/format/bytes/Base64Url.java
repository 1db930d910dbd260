package dev.counterfoil.format.bytes;

import java.util.Base64;

/**
 * Base64url without padding, in its one canonical form (RFC 7515 2, RFC 4648 3.5): unused bits of
 * the last character are zero.
 */
public final class Base64Url {
  private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();
  private static final Base64.Decoder DECODER = Base64.getUrlDecoder();
  private static final String ALPHABET =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

  private Base64Url() {}

  /** Encodes without padding. */
  public static String encode(byte[] bytes) {
    return ENCODER.encodeToString(bytes);
  }

  /**
   * Decodes the canonical form and refuses padding, white space, other alphabets and stray bits.
   */
  public static byte[] decode(String text) throws FormatException {
    int tail = text.length() & 3;
    if (tail == 1 || text.indexOf('=') >= 0) {
      throw new FormatException("not canonical base64url");
    }
    byte[] bytes;
    try {
      bytes = DECODER.decode(text);
    } catch (IllegalArgumentException e) {
      throw new FormatException("not canonical base64url", e);
    }
    if (tail != 0) {
      int unused = tail == 2 ? 0x0f : 0x03;
      if ((ALPHABET.indexOf(text.charAt(text.length() - 1)) & unused) != 0) {
        throw new FormatException("not canonical base64url");
      }
    }
    return bytes;
  }
}
