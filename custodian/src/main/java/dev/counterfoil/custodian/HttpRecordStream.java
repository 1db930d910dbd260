package dev.counterfoil.custodian;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A stream of records over HTTP (spec/custody.md). The issuer says at least once a second that it
 * is there, so a stream that is silent for long is closed, which wakes its reader.
 */
final class HttpRecordStream implements RecordStream {
  private static final System.Logger LOG = System.getLogger(HttpRecordStream.class.getName());
  private static final int BUFFER_BYTES = 1 << 20;
  private static final int ITEM_HEAD_BYTES = 4;

  private final InputStream body;
  private final Duration silenceMax;
  private ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES).limit(0);

  HttpRecordStream(InputStream body, Duration silenceMax) {
    this.body = body;
    this.silenceMax = silenceMax;
  }

  @Override
  public List<RecordItem> next() throws IssuerUnavailableException {
    List<RecordItem> items = new ArrayList<>();
    CompletableFuture<Void> came = new CompletableFuture<>();
    // Closing wakes the reader with an exception.
    CompletableFuture<Void> _ =
        came.orTimeout(silenceMax.toMillis(), TimeUnit.MILLISECONDS)
            .whenComplete(
                (done, late) -> {
                  if (late != null) {
                    close();
                  }
                });
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
        buffer.position(buffer.position() + read).flip();
        takeWhole(items);
      }
      return items;
    } catch (IOException e) {
      throw new IssuerUnavailableException("the stream of records broke off: " + e, e);
    } finally {
      came.complete(null);
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
    try {
      body.close();
    } catch (IOException e) {
      // It is of no more use either way.
      LOG.log(System.Logger.Level.DEBUG, "closing a stream: {0}", e.getMessage());
    }
  }
}
