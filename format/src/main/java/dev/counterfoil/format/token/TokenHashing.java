package dev.counterfoil.format.token;

import dev.counterfoil.format.bytes.Hash;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.security.DigestException;
import java.security.MessageDigest;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What the hashes of one token need: SHA-256 of its whole text, and of what is signed of it. Used
 * again for the next one, so that it makes no garbage but its results; belongs to one thread.
 */
public final class TokenHashing {
  /** Most tokens fit into one piece. */
  private static final int PIECE_CHARS = 1024;

  private final char[] chars = new char[PIECE_CHARS];
  private final CharBuffer in = CharBuffer.wrap(chars);
  private final byte[] bytes = new byte[PIECE_CHARS];
  private final ByteBuffer out = ByteBuffer.wrap(bytes);
  private final CharsetEncoder ascii = StandardCharsets.US_ASCII.newEncoder();
  private final MessageDigest digest = Hash.newSha256();
  private final byte[] hash = new byte[Hash.BYTES];

  /** What was hashed and lies in {@link #bytes}; null where that is not all of a text. */
  private @Nullable String held;

  /**
   * A text and the SHA-256 of all before its last dot. Only what has computed it makes one, since
   * it is what is signed and recorded: a wrong one would be a hole.
   */
  public static final class Hashed {
    private final String text;
    private final Hash digest;

    private Hashed(String text, Hash digest) {
      this.text = text;
      this.digest = digest;
    }

    String text() {
      return text;
    }

    Hash digest() {
      return digest;
    }
  }

  /** Of the whole text; null of a text that is not ASCII, which no token is. */
  public @Nullable Hash whole(String text) {
    held = null;
    for (int from = 0; from < text.length(); from += PIECE_CHARS) {
      int length = Math.min(PIECE_CHARS, text.length() - from);
      text.getChars(from, from + length, chars, 0);
      in.limit(length).position(0);
      out.clear();
      CoderResult result = ascii.reset().encode(in, out, true);
      if (!result.isUnderflow()) {
        digest.reset();
        return null;
      }
      digest.update(bytes, 0, length);
    }
    if (text.length() <= PIECE_CHARS) {
      held = text;
    }
    return finish();
  }

  /**
   * The text whose whole hash was made last, with that of what is signed; null where there was none
   * or has no dot, and of a text of several pieces, which may be long and no token.
   */
  public @Nullable Hashed signingInput() {
    String text = held;
    int dot = text == null ? -1 : text.lastIndexOf('.');
    if (text == null || dot < 0) {
      return null;
    }
    digest.update(bytes, 0, dot);
    return new Hashed(text, finish());
  }

  private Hash finish() {
    try {
      digest.digest(hash, 0, Hash.BYTES);
      return Hash.read(hash, 0);
    } catch (DigestException e) {
      throw new IllegalStateException("SHA-256 fits 32 bytes", e);
    }
  }

  /** Forgets what was hashed: it does not lie about in here. */
  public void wipe() {
    String text = held;
    int used = text == null ? PIECE_CHARS : text.length();
    Arrays.fill(chars, 0, used, '\0');
    Arrays.fill(bytes, 0, used, (byte) 0);
    held = null;
  }
}
