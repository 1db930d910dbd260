package dev.counterfoil.verifier;

import dev.counterfoil.format.Hash;
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
 * SHA-256 of a token's whole text, under which a verified token is remembered. The only work on a
 * token that was seen before is this, so it makes no garbage but its result.
 */
final class TokenHasher {
  /** Most tokens fit into one piece. */
  private static final int PIECE_CHARS = 1024;

  private final Spares<Tools> spares = new Spares<>(Tools::new);

  /** What one hash needs; used again. */
  private static final class Tools {
    private final char[] chars = new char[PIECE_CHARS];
    private final CharBuffer in = CharBuffer.wrap(chars);
    private final byte[] bytes = new byte[PIECE_CHARS];
    private final ByteBuffer out = ByteBuffer.wrap(bytes);
    private final CharsetEncoder ascii = StandardCharsets.US_ASCII.newEncoder();
    private final MessageDigest digest = Hash.newSha256();
    private final byte[] hash = new byte[Hash.BYTES];

    @Nullable Hash hash(String text) {
      try {
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
        digest.digest(hash, 0, Hash.BYTES);
        return Hash.read(hash, 0);
      } catch (DigestException e) {
        throw new IllegalStateException("SHA-256 fits 32 bytes", e);
      } finally {
        // What was presented does not lie about in here.
        int used = Math.min(PIECE_CHARS, text.length());
        Arrays.fill(chars, 0, used, '\0');
        Arrays.fill(bytes, 0, used, (byte) 0);
      }
    }
  }

  /** The hash; null of a text that is not ASCII, which no token is. */
  @Nullable Hash hash(String text) {
    Tools tools = spares.take();
    Hash hash = tools.hash(text);
    spares.giveBack(tools);
    return hash;
  }
}
