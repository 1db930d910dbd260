package dev.counterfoil.verifier.leaves;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.leaf.LeafBatch;
import dev.counterfoil.format.note.NoteKey;
import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Leaves of a log from a neighbour on this host, by his Unix socket (spec/leaves.md): bounded in
 * size, and in time for each answer. Belongs to the stream's thread, which ends it by interrupting.
 */
public final class SocketLeaves implements LeafSource {
  private final Path path;
  private final String log;
  private final NoteKey key;
  private final Duration fetchTimeout;
  private @Nullable SocketChannel connection;

  public SocketLeaves(Path path, String log, NoteKey key, Duration fetchTimeout) {
    this.path = path;
    this.log = log;
    this.key = key;
    this.fetchTimeout = fetchTimeout;
  }

  @Override
  public LeafBatch next(long first) throws IOException, FormatException {
    byte[] bytes;
    try (Selector readable = Selector.open()) {
      bytes = asked(first, readable);
    } catch (IOException | FormatException e) {
      hangUp();
      throw e;
    }
    if (bytes.length == 0) {
      throw new FileNotFoundException("no such leaves are held at " + path);
    }
    LeafBatch batch = LeafBatch.parse(bytes, key);
    if (batch.first() != first) {
      throw new FormatException("leaves of another position than was asked for");
    }
    return batch;
  }

  private byte[] asked(long first, Selector selector) throws IOException, FormatException {
    SocketChannel channel = connected();
    SelectionKey registered = channel.register(selector, SelectionKey.OP_READ);
    long deadline = System.nanoTime() + AskedLeaves.HOLD.plus(fetchTimeout).toNanos();
    try {
      ByteBuffer question = ByteBuffer.wrap(new LeafQuestion(log, first, AskedLeaves.HOLD).bytes());
      while (question.hasRemaining()) {
        // Shorter than any socket's buffer: it fits, or the neighbour reads no more.
        if (channel.write(question) == 0) {
          throw new IOException("the neighbour at " + path + " does not read");
        }
      }
      int length = filled(channel, selector, Integer.BYTES, deadline).getInt();
      if (length < 0 || length > LeafBatch.BYTES_MAX) {
        throw new FormatException("the neighbour's answer is too long");
      }
      return filled(channel, selector, length, deadline).array();
    } finally {
      registered.cancel();
    }
  }

  private ByteBuffer filled(SocketChannel channel, Selector selector, int length, long deadline)
      throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining()) {
      int read = channel.read(bytes);
      if (read < 0) {
        throw new EOFException("the neighbour at " + path + " hung up");
      }
      if (read == 0) {
        long millis = Duration.ofNanos(deadline - System.nanoTime()).toMillis();
        if (millis <= 0) {
          throw new IOException("no leaves in time from " + path);
        }
        selector.selectedKeys().clear();
        selector.select(millis);
        if (Thread.currentThread().isInterrupted()) {
          throw new IOException("interrupted while reading");
        }
      }
    }
    return bytes.flip();
  }

  private SocketChannel connected() throws IOException {
    SocketChannel open = connection;
    if (open != null && open.isOpen()) {
      return open;
    }
    open = SocketChannel.open(StandardProtocolFamily.UNIX);
    connection = open;
    open.configureBlocking(false);
    if (!open.connect(UnixDomainSocketAddress.of(path))) {
      throw new IOException("the neighbour at " + path + " has no time");
    }
    return open;
  }

  private void hangUp() {
    SocketChannel open = connection;
    connection = null;
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        // It is not used again, open or not.
        return;
      }
    }
  }

  @Override
  public String toString() {
    return "unix:" + path;
  }
}
