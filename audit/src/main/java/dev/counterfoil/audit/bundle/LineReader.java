package dev.counterfoil.audit.bundle;

import dev.counterfoil.format.bytes.FormatException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/** Reads a bundle's lines, each of bounded length. Belongs to one thread. */
final class LineReader {
  private static final int BLOCK_BYTES = 1 << 18;

  private final InputStream in;
  private byte[] block = new byte[BLOCK_BYTES];
  private int at;
  private int filled;
  private long number;

  LineReader(InputStream in) {
    this.in = in;
  }

  /** Number of the line that was read last, from 1. */
  long number() {
    return number;
  }

  /** The next line, without its end. */
  byte[] next(int bytesMax) throws FormatException, IOException {
    number++;
    int seen = 0;
    while (true) {
      for (int i = at + seen; i < filled; i++) {
        if (block[i] == '\n') {
          byte[] line = Arrays.copyOfRange(block, at, i);
          at = i + 1;
          if (line.length > bytesMax) {
            throw tooLong(bytesMax);
          }
          return line;
        }
      }
      seen = filled - at;
      if (seen > bytesMax) {
        throw tooLong(bytesMax);
      }
      if (!fill()) {
        throw new FormatException("the bundle breaks off: events may be missing at its end");
      }
    }
  }

  private static FormatException tooLong(int bytesMax) {
    return new FormatException("the line is longer than " + bytesMax + " bytes");
  }

  boolean isAtEnd() throws IOException {
    return at == filled && !fill();
  }

  /** Reads more behind what is left of the block. */
  private boolean fill() throws IOException {
    int left = filled - at;
    if (left == block.length) {
      block = Arrays.copyOf(block, 2 * left);
    } else {
      System.arraycopy(block, at, block, 0, left);
    }
    at = 0;
    int read = in.read(block, left, block.length - left);
    filled = left + Math.max(0, read);
    return read > 0;
  }
}
