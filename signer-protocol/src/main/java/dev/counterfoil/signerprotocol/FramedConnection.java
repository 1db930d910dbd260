package dev.counterfoil.signerprotocol;

import dev.counterfoil.format.bytes.FormatException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One socket: any thread queues frames, one writer thread sends all that queued in one write, one
 * reader (the caller's thread) takes frames in. Pipelining comes from here: a write covers whatever
 * arrived during the last.
 */
final class FramedConnection implements AutoCloseable {
  /** Most bytes that wait to be sent; a peer that does not read is disconnected beyond that. */
  static final long QUEUED_BYTES_MAX = 24L * 1024 * 1024;

  private static final int BUFFER_BYTES = 256 * 1024;

  private final ByteChannel channel;
  private final int frameBytesMax;
  private final ConcurrentLinkedQueue<byte[]> outgoing = new ConcurrentLinkedQueue<>();
  private final AtomicLong queuedBytes = new AtomicLong();
  private final SendRoom room;
  private final Thread writer;
  private final AtomicBoolean writerIdle = new AtomicBoolean();
  private volatile boolean closed;
  private ByteBuffer incoming = ByteBuffer.allocate(BUFFER_BYTES).flip();

  /**
   * A frame taken in: its kind, what it answers or asks, and its body, which is valid until the
   * next is taken.
   */
  record Incoming(byte kind, long correlation, ByteBuffer body) {}

  /**
   * How many bytes wait to be sent on all connections of a server together, and on those of all
   * servers of a process: each peer has his own bound, and may open many connections.
   *
   * <p>A quarter of what all may take is every server's own, so that peers of one who do not read
   * take no other's answers: an operator's, while an authority's wait.
   */
  static final class SendRoom {
    private final Together together;
    private final AtomicLong bytes = new AtomicLong();

    /** What the rooms of a process have together; each may go beyond it by its own quarter. */
    static final class Together {
      private final long bytesMax;
      private final AtomicLong bytes = new AtomicLong();

      Together(long bytesMax) {
        this.bytesMax = bytesMax;
      }

      /** Bytes that wait now. */
      long bytes() {
        return bytes.get();
      }
    }

    SendRoom(Together together) {
      this.together = together;
    }

    private boolean take(int count) {
      long all = together.bytes.addAndGet(count);
      long own = bytes.addAndGet(count);
      return all <= together.bytesMax || own <= together.bytesMax / 4;
    }

    private void giveBack(int count) {
      bytes.addAndGet(-count);
      together.bytes.addAndGet(-count);
    }
  }

  /** A connection that shares its room with no other. */
  FramedConnection(ByteChannel channel, int frameBytesMax, Thread.Builder writer) {
    this(channel, frameBytesMax, writer, new SendRoom(new SendRoom.Together(QUEUED_BYTES_MAX)));
  }

  /**
   * A connection over a channel.
   *
   * @param frameBytesMax longest frame taken in
   * @param writer makes the thread that sends
   * @param room of all connections of the same server
   */
  FramedConnection(ByteChannel channel, int frameBytesMax, Thread.Builder writer, SendRoom room) {
    this.channel = channel;
    this.frameBytesMax = frameBytesMax;
    this.room = room;
    this.writer = writer.unstarted(this::writeLoop);
  }

  void start() {
    writer.start();
  }

  /** Sends a frame; false when the connection is closed or its peer does not read. */
  boolean send(byte[] frame) {
    boolean queued = queue(frame);
    flush();
    return queued;
  }

  /**
   * Queues a frame without waking the writer, which may send it at once all the same: for a caller
   * that has more, and then calls {@link #flush}.
   */
  boolean queue(byte[] frame) {
    if (closed) {
      return false;
    }
    boolean fits = room.take(frame.length);
    if (queuedBytes.addAndGet(frame.length) > QUEUED_BYTES_MAX || !fits) {
      sent(frame);
      close();
      return false;
    }
    outgoing.add(frame);
    if (closed && outgoing.remove(frame)) {
      // It was added behind the back of close(), which gives back what waits.
      sent(frame);
      return false;
    }
    return true;
  }

  /** A frame waits no more: it is on its way, or goes nowhere. */
  private void sent(byte[] frame) {
    queuedBytes.addAndGet(-frame.length);
    room.giveBack(frame.length);
  }

  /** Has what was queued sent, if it is not already. */
  void flush() {
    // One of those who see the flag wakes the writer.
    if (writerIdle.get() && !outgoing.isEmpty() && writerIdle.compareAndSet(true, false)) {
      LockSupport.unpark(writer);
    }
  }

  private void writeLoop() {
    ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    try {
      while (!closed) {
        byte @Nullable [] frame = outgoing.poll();
        if (frame == null) {
          writerIdle.set(true);
          // Looked at again after the flag is up: a sender that missed the flag has added its frame
          // before.
          if (outgoing.isEmpty() && !closed) {
            LockSupport.park(this);
          }
          writerIdle.set(false);
          continue;
        }
        buffer.clear();
        while (frame != null && frame.length <= buffer.remaining()) {
          buffer.put(frame);
          sent(frame);
          byte @Nullable [] next = outgoing.peek();
          frame = next != null && next.length <= buffer.remaining() ? outgoing.poll() : null;
        }
        writeFully(buffer.flip());
        if (frame != null) {
          try {
            writeFully(ByteBuffer.wrap(frame));
          } finally {
            sent(frame);
          }
        }
      }
    } catch (IOException e) {
      // The peer is gone: the reader sees the same and says so.
      close();
    }
  }

  private void writeFully(ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }

  /**
   * Takes the next frame in; blocks.
   *
   * @throws EOFException when the peer closed the connection
   * @throws FormatException when what it sent is no frame of this version
   */
  Incoming receive() throws IOException, FormatException {
    fill(4);
    int length = incoming.getInt();
    if (length < Frame.HEADER_BYTES || length > frameBytesMax) {
      throw new FormatException("frame has a length out of bounds");
    }
    fill(length);
    int end = incoming.position() + length;
    if (incoming.get() != Frame.VERSION) {
      throw new FormatException("peer speaks another version of the protocol");
    }
    byte kind = incoming.get();
    long correlation = incoming.getLong();
    ByteBuffer body = incoming.slice(incoming.position(), end - incoming.position());
    incoming.position(end);
    return new Incoming(kind, correlation, body);
  }

  /** Whether {@link #receive} returns without waiting for the peer. */
  boolean hasFrame() {
    return incoming.remaining() >= 4
        && incoming.remaining() - 4 >= incoming.getInt(incoming.position());
  }

  private void fill(int count) throws IOException {
    if (incoming.remaining() >= count) {
      return;
    }
    if (incoming.capacity() < count) {
      ByteBuffer larger = ByteBuffer.allocate(Math.max(count, incoming.capacity() * 2));
      incoming = larger.put(incoming).flip();
    }
    incoming.compact();
    while (incoming.position() < count) {
      if (channel.read(incoming) < 0) {
        incoming.flip();
        throw new EOFException("peer closed the connection");
      }
    }
    incoming.flip();
  }

  /** Whether everything that was queued has been handed to the kernel. */
  boolean isFlushed() {
    return queuedBytes.get() == 0 && writerIdle.get();
  }

  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(writer);
    for (byte[] frame = outgoing.poll(); frame != null; frame = outgoing.poll()) {
      sent(frame);
    }
    try {
      channel.close();
    } catch (IOException e) {
      // Closing is all that was wanted, and the channel is unusable either way.
      return;
    }
  }
}
