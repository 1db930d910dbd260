package dev.counterfoil.verifier.leaves;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A neighbour's connection to a {@link LeafSocket}, in which nothing takes for ever: neither a
 * question nor an answer that is not read. Belongs to one thread.
 */
final class LeafConnection implements AutoCloseable {
  private final SocketChannel channel;
  private final Selector selector;
  private final SelectionKey ready;
  private final ByteBuffer in = ByteBuffer.allocate(LeafQuestion.BYTES_MAX + 1).flip();

  LeafConnection(SocketChannel channel) throws IOException {
    this.channel = channel;
    this.selector = Selector.open();
    channel.configureBlocking(false);
    this.ready = channel.register(selector, SelectionKey.OP_READ);
  }

  /**
   * The next line without its line feed; null at the end.
   *
   * @throws IOException when it is longer than a question, or does not come in time
   */
  byte @Nullable [] line(Duration longest) throws IOException {
    long deadline = System.nanoTime() + longest.toNanos();
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    while (true) {
      while (in.hasRemaining()) {
        byte next = in.get();
        if (next == '\n') {
          return line.toByteArray();
        }
        line.write(next);
        if (line.size() > LeafQuestion.BYTES_MAX) {
          throw new IOException("question is too long");
        }
      }
      in.clear();
      int read = channel.read(in);
      in.flip();
      if (read < 0) {
        return null;
      }
      if (read == 0) {
        await(SelectionKey.OP_READ, deadline);
      }
    }
  }

  /**
   * Sends a length and the bytes.
   *
   * @throws IOException when not all of it is taken in time
   */
  void send(byte[] bytes, Duration longest) throws IOException {
    long deadline = System.nanoTime() + longest.toNanos();
    ByteBuffer[] out = {
      ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip(), ByteBuffer.wrap(bytes)
    };
    while (out[0].hasRemaining() || out[1].hasRemaining()) {
      if (channel.write(out) == 0) {
        await(SelectionKey.OP_WRITE, deadline);
      }
    }
  }

  private void await(int operation, long deadline) throws IOException {
    long millis = Duration.ofNanos(deadline - System.nanoTime()).toMillis();
    if (millis <= 0) {
      throw new SocketTimeoutException("the neighbour neither asks nor reads");
    }
    ready.interestOps(operation);
    selector.selectedKeys().clear();
    selector.select(millis);
    if (Thread.currentThread().isInterrupted()) {
      throw new IOException("interrupted");
    }
  }

  @Override
  public void close() throws IOException {
    try (selector) {
      channel.close();
    }
  }
}
