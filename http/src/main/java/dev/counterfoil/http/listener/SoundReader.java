package dev.counterfoil.http.listener;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.http.DirectHandler;
import io.helidon.http.RequestException;
import io.helidon.webserver.CloseConnectionException;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The bytes of a connection, whose chunked bodies (RFC 9112 7.1) are checked before Helidon reads
 * them. Helidon 4.5 knows no chunk extensions, which are legal, and answers and reads on where a
 * chunk is none, so that the rest of a body becomes a request; it looks neither at what stands
 * behind a chunk, nor for the end of a line before it has it all, and holds a whole chunk in
 * memory, however large it says that it is.
 *
 * <p>It reads lines for chunks only, so that {@link #readLine} is the place to look. What is not
 * sound is refused with 400, and nothing is read from that connection any more, whatever else is
 * answered.
 */
@SuppressWarnings("removal") // The one way to see chunks; create() gives no class of our own.
final class SoundReader extends DataReader {
  /** Longest line of a chunk's size and extensions. */
  private static final int LINE_MAX = 256;

  /** Most bytes of extensions in one body: RFC 9112 7.1.1 asks for a limit. */
  private static final int EXTENSIONS_MAX = 16 << 10;

  /** A larger chunk is handed on in pieces. */
  private static final int PIECE_MAX = 64 << 10;

  private static final Pattern SIZE =
      Pattern.compile("([0-9A-Fa-f]{1,8})([ \\t]*;[\\t\\x20-\\x7e]*)?");

  /** What of the chunk has not been read. */
  private long left;

  private boolean isInChunk;
  private boolean isBehindLast;
  private int extensions;
  private boolean isLastRequest;
  private boolean isOver;
  private boolean isTooLarge;

  SoundReader(Supplier<byte[]> source) {
    super(source);
  }

  /** A chunk's size, or the line that ends the body. */
  @Override
  public String readLine() {
    if (left > 0) {
      return pieceSize();
    }
    String line = line();
    if (isBehindLast) {
      isBehindLast = false;
      if (!line.isEmpty()) {
        throw broken("a chunked body has trailers, which are not taken here");
      }
      return line;
    }
    Matcher matcher = SIZE.matcher(line);
    if (!matcher.matches()) {
      throw broken("a chunk's size is no hexadecimal number");
    }
    extensions += line.length() - matcher.end(1);
    if (extensions > EXTENSIONS_MAX) {
      throw broken("the extensions of a body's chunks are too long");
    }
    left = Long.parseLong(matcher.group(1), 16);
    isInChunk = left > 0;
    isBehindLast = left == 0;
    if (isBehindLast) {
      extensions = 0;
    }
    return pieceSize();
  }

  private String pieceSize() {
    return Long.toHexString(Math.min(left, PIECE_MAX));
  }

  private String line() {
    int end;
    try {
      end = findNewLine(LINE_MAX);
    } catch (IncorrectNewLineException e) {
      throw broken("a line of a chunked body ends with something other than CR LF");
    }
    if (end >= LINE_MAX) {
      throw broken("a line of a chunked body is too long");
    }
    String line = readAsciiString(end);
    super.skip(2);
    return line;
  }

  @Override
  public BufferData readBuffer(int length) {
    BufferData data = getBuffer(length);
    super.skip(length);
    if (isInChunk) {
      left -= length;
    }
    return data;
  }

  /** Within a body Helidon skips the end of a chunk's data only. */
  @Override
  public void skip(int length) {
    if (!isInChunk) {
      super.skip(length);
    } else if (left == 0) {
      if (!startsWithNewLine()) {
        throw broken("a chunk is longer than its size");
      }
      super.skip(length);
      isInChunk = false;
    }
  }

  @Override
  public void ensureAvailable() {
    if (isOver) {
      throw new CloseConnectionException("the last answer said that the connection ends");
    }
    super.ensureAvailable();
  }

  /** Its client ends the connection with the request that is under way. */
  void lastRequest() {
    isLastRequest = true;
  }

  /**
   * An answer begins. Where it says that the connection ends, nothing more is read: Helidon reads
   * on, and would take what is left of a body for a request.
   */
  void answer(boolean saysClose) {
    isOver |= saysClose || isLastRequest;
  }

  /** The body was refused as too large: its client may still be sending it. */
  void tooLarge() {
    isTooLarge = true;
    isOver = true;
  }

  boolean isTooLarge() {
    return isTooLarge;
  }

  private RequestException broken(String why) {
    isOver = true;
    return RequestException.builder()
        .type(DirectHandler.EventType.BAD_REQUEST)
        .setKeepAlive(false)
        .message(why)
        .build();
  }
}
