package dev.counterfoil.audit.bundle;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;

/**
 * The first part of an export, which {@link AuditBundle} checks: it ends with the line that says
 * so. What follows is {@link #rest}.
 */
public final class FirstPart extends InputStream {
  private static final byte[] END = "{\"end\":".getBytes(StandardCharsets.US_ASCII);

  private final InputStream in;
  private final byte[] buffer = new byte[1 << 16];
  private int at;
  private int filled;
  private long lines;
  private boolean lineBegins = true;
  private boolean isLastLine;
  private boolean ended;

  /** The first part of what a stream has. */
  public FirstPart(InputStream in) {
    this.in = in;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int from, int length) throws IOException {
    int written = 0;
    while (written < length && !ended) {
      if (!isThereMore(written > 0)) {
        break;
      }
      if (lineBegins) {
        isLastLine = isEnd();
        lineBegins = false;
      }
      int until = Math.min(filled, at + length - written);
      int end = at;
      while (end < until && buffer[end] != '\n') {
        end++;
      }
      if (end < until) {
        end++;
        lines++;
        lineBegins = true;
        ended = isLastLine;
      }
      System.arraycopy(buffer, at, into, from + written, end - at);
      written += end - at;
      at = end;
    }
    return written == 0 && length > 0 ? -1 : written;
  }

  /** Whether there is something to give, and at the begin of a line enough to see what it is. */
  private boolean isThereMore(boolean isSomethingGiven) throws IOException {
    int wanted = lineBegins ? END.length : 1;
    while (filled - at < wanted) {
      if (isSomethingGiven) {
        return false;
      }
      System.arraycopy(buffer, at, buffer, 0, filled - at);
      filled -= at;
      at = 0;
      int read = in.read(buffer, filled, buffer.length - filled);
      if (read < 0) {
        return filled > 0;
      }
      filled += read;
    }
    return true;
  }

  private boolean isEnd() {
    if (filled - at < END.length) {
      return false;
    }
    for (int i = 0; i < END.length; i++) {
      if (buffer[at + i] != END[i]) {
        return false;
      }
    }
    return true;
  }

  /** How many lines of it were read. */
  public long lines() {
    return lines;
  }

  /** What follows, once the first part was read to its end. */
  public InputStream rest() {
    return new SequenceInputStream(new ByteArrayInputStream(buffer, at, filled - at), in);
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
