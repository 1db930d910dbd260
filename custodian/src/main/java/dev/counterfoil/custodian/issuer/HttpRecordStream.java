package dev.counterfoil.custodian.issuer;

import dev.counterfoil.custodian.held.RecordItem;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A stream of records over HTTP (spec/custody.md). The issuer says at least once a second that it
 * is there, so a stream that is silent for long is closed, which wakes its reader.
 */
public final class HttpRecordStream implements RecordStream {
  private static final System.Logger LOG = System.getLogger(HttpRecordStream.class.getName());
  private static final int BUFFER_BYTES = 1 << 20;
  private static final int ITEM_HEAD_BYTES = 4;

  private final InputStream body;
  private final Duration silenceMax;

  /** Since when the stream is waited for, as {@link System#nanoTime}; null while it is not. */
  private volatile @Nullable Long waitingSince;

  private volatile boolean closed;

  /** The next look; one that is not taken back would keep a closed stream's buffer in memory. */
  private volatile CompletableFuture<Void> look;

  private ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES).limit(0);

  public HttpRecordStream(InputStream body, Duration silenceMax) {
    this.body = body;
    this.silenceMax = silenceMax;
    this.look = watchFor(silenceMax.toNanos());
  }

  /**
   * Looks again after a time. One look is planned at any time, however many items come: a timer for
   * each wait would be set and taken back hundreds of times a second.
   */
  private CompletableFuture<Void> watchFor(long nanos) {
    CompletableFuture<Void> next =
        new CompletableFuture<Void>().completeOnTimeout(null, nanos, TimeUnit.NANOSECONDS);
    CompletableFuture<Void> _ = next.thenRunAsync(this::watch);
    return next;
  }

  private void watch() {
    if (closed) {
      return;
    }
    Long since = waitingSince;
    long silent = since == null ? 0 : System.nanoTime() - since;
    if (silent >= silenceMax.toNanos()) {
      // Wakes the reader with an exception.
      close();
    } else {
      look = watchFor(silenceMax.toNanos() - silent);
      if (closed) {
        look.cancel(false);
      }
    }
  }

  @Override
  public List<RecordItem> next() throws IssuerUnavailableException {
    List<RecordItem> items = new ArrayList<>();
    waitingSince = System.nanoTime();
    try {
      takeWhole(items);
      while (items.isEmpty()) {
        buffer.compact();
        int read = body.read(buffer.array(), buffer.position(), buffer.remaining());
        if (read < 0) {
          buffer.flip();
          if (buffer.hasRemaining()) {
            throw new EOFException("the stream ends inside an item");
          }
          return items;
        }
        buffer.position(buffer.position() + read);
        takeArrived();
        buffer.flip();
        takeWhole(items);
      }
      return items;
    } catch (IOException e) {
      throw new IssuerUnavailableException("the stream of records broke off: " + e, e);
    } finally {
      waitingSince = null;
    }
  }

  /** Takes what came while the reader was busy, so that it is worked off together. */
  private void takeArrived() throws IOException {
    int read = 1;
    while (read > 0 && buffer.hasRemaining() && body.available() > 0) {
      read =
          body.read(
              buffer.array(), buffer.position(), Math.min(buffer.remaining(), body.available()));
      buffer.position(buffer.position() + Math.max(0, read));
    }
  }

  /** Takes the items that are in the buffer as a whole. */
  private void takeWhole(List<RecordItem> items) throws IssuerUnavailableException {
    while (buffer.remaining() >= ITEM_HEAD_BYTES) {
      int head = buffer.getInt(buffer.position());
      int kind = head >>> 24;
      int length = head & 0xffffff;
      if (length > RecordItem.RECORD_BYTES_MAX) {
        throw new IssuerUnavailableException("the stream has an item of " + length + " bytes");
      }
      if (buffer.remaining() < ITEM_HEAD_BYTES + length) {
        return;
      }
      byte[] content = new byte[length];
      buffer.position(buffer.position() + ITEM_HEAD_BYTES).get(content);
      items.add(
          switch (kind) {
            case RecordItem.RECORD -> new RecordItem.Payload(content);
            case RecordItem.HEAD -> new RecordItem.Head(content);
            case RecordItem.PAUSE -> new RecordItem.Pause();
            default -> throw new IssuerUnavailableException("the stream has an unknown item");
          });
    }
  }

  @Override
  public void close() {
    closed = true;
    look.cancel(false);
    try {
      body.close();
    } catch (IOException e) {
      // It is of no more use either way.
      LOG.log(System.Logger.Level.DEBUG, "closing a stream: {0}", e.getMessage());
    }
  }
}
