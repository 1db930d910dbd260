package dev.counterfoil.operations.shipping;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.PlainText;
import dev.counterfoil.format.bytes.StrictJson;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The body of an answer, which is given up when nothing of it comes for too long: a line that is
 * dead says nothing, and a read of it would wait for ever. Belongs to one thread.
 */
public final class PatientBody extends InputStream {
  /** Longest problem document that is read. */
  private static final int PROBLEM_BYTES_MAX = 1 << 16;

  private final InputStream body;
  private final Duration quietMax;
  private final CountDownLatch closed = new CountDownLatch(1);

  /** When the read began that is under way; 0 for none. */
  private volatile long since;

  private volatile boolean givenUp;

  /**
   * Takes a body over.
   *
   * @param quietMax how long nothing may come while it is read
   */
  public PatientBody(InputStream body, Duration quietMax) {
    this.body = body;
    this.quietMax = quietMax;
    Thread.ofVirtual().name("patience").start(this::watch);
  }

  private void watch() {
    long look = Math.max(1, Math.min(1000, quietMax.toMillis() / 4));
    try {
      while (!closed.await(look, TimeUnit.MILLISECONDS)) {
        long begun = since;
        if (begun != 0 && System.nanoTime() - begun > quietMax.toNanos()) {
          givenUp = true;
          body.close();
          return;
        }
      }
    } catch (InterruptedException | IOException e) {
      // It is closed, or does not close: whoever reads hears of it.
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    since = System.nanoTime() | 1;
    try {
      int read = body.read(into, offset, length);
      if (givenUp) {
        throw silent(null);
      }
      return read;
    } catch (IOException e) {
      throw givenUp ? silent(e) : e;
    } finally {
      since = 0;
    }
  }

  private IOException silent(@Nullable IOException e) {
    return new IOException("nothing arrived for " + quietMax.toSeconds() + " seconds", e);
  }

  /**
   * The next line of a buffered body, without its end; null at the end of the body.
   *
   * @throws FormatException when it is longer than that
   */
  public static byte @Nullable [] line(InputStream buffered, int bytesMax)
      throws IOException, FormatException {
    int next = buffered.read();
    if (next < 0) {
      return null;
    }
    ByteArrayOutputStream line = new ByteArrayOutputStream(1024);
    while (next >= 0 && next != '\n') {
      if (line.size() == bytesMax) {
        throw new FormatException("a line is longer than " + bytesMax + " bytes");
      }
      line.write(next);
      next = buffered.read();
    }
    return line.toByteArray();
  }

  /** What a refusal says of itself: its code and detail as they may be shown. */
  public static String refusal(InputStream body) throws IOException {
    try {
      JsonObject problem = StrictJson.object(body.readNBytes(PROBLEM_BYTES_MAX), PROBLEM_BYTES_MAX);
      return PlainText.of(problem.string("code") + ", " + problem.string("detail"));
    } catch (FormatException e) {
      return "it gives no reason";
    }
  }

  @Override
  public void close() throws IOException {
    closed.countDown();
    body.close();
  }
}
