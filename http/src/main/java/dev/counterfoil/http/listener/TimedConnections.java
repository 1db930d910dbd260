package dev.counterfoil.http.listener;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataWriter;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.common.socket.PeerInfo;
import io.helidon.common.socket.SocketWriterException;
import io.helidon.common.task.InterruptableTask;
import io.helidon.http.HeaderValues;
import io.helidon.http.Headers;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.ProxyProtocolData;
import io.helidon.webserver.Router;
import io.helidon.webserver.ServerConnectionException;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionListener;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/1.1 connections that end when a request does not arrive in time, or an answer is not taken,
 * or another needs their place. Helidon's idle timeout alone ends connections between two requests
 * only, and its sockets have no timeouts, so that a client that stops inside its headers or its
 * body, or never reads its answer, would hold its connection for ever.
 *
 * <p>A socket is closed, and only while a thread waits at it: for something to read, or, for longer
 * than the time, for the client to take what is written. No thread is interrupted: one that reads a
 * {@link java.nio.channels.FileChannel} would lose it for everybody, one that commits to a database
 * must come to its end, and one that fetches for others would fail them.
 */
final class TimedConnections implements ServerConnectionSelector {
  private static final System.Logger LOG = System.getLogger(TimedConnections.class.getName());

  /**
   * Longest time for a connection's first byte. A proxy connects when it has a request; one that
   * passes TLS on connects before its client's handshake, which takes seconds on a bad line.
   */
  static final Duration FIRST_BYTE_MAX = Duration.ofSeconds(8);

  /**
   * How long a client that still sends may do so when it was told that its body is too large: a
   * connection that is closed at once takes the answer with it (RFC 9112 9.6).
   */
  private static final Duration LINGER_MAX = Duration.ofSeconds(1);

  private static final long LINGER_BYTES_MAX = 64L << 20;

  private final Http1ConnectionSelector http;
  private final Duration timeMax;
  private final Connections connections;

  /**
   * Makes a selector.
   *
   * @param timeMax longest time for a request, from the end of the one before, and for a part of an
   *     answer to be taken; the listener's idle timeout is the same
   * @param connections which of them have a place
   */
  TimedConnections(Http1Config.Builder config, Duration timeMax, Connections connections) {
    config.addReceiveListener(new Requests()).addSendListener(new Answers());
    this.http = Http1ConnectionSelector.builder().config(config.build()).build();
    this.timeMax = timeMax;
    this.connections = connections;
  }

  @Override
  public int bytesToIdentifyConnection() {
    return http.bytesToIdentifyConnection();
  }

  @Override
  public Support supports(BufferData data) {
    return http.supports(data);
  }

  @Override
  public Set<String> supportedApplicationProtocols() {
    return http.supportedApplicationProtocols();
  }

  @Override
  public ServerConnection connection(ConnectionContext context) {
    Source source = new Source(context.serverSocket());
    Sink sink = new Sink(context.dataWriter());
    SoundReader reader = new SoundReader(source);
    ServerConnection connection = http.connection(new Observed(context, reader, sink));
    return new Timed(connection, reader, source, sink, address(context.remotePeer()));
  }

  private Duration firstByteMax() {
    return timeMax.compareTo(FIRST_BYTE_MAX) < 0 ? timeMax : FIRST_BYTE_MAX;
  }

  private static @Nullable InetAddress address(PeerInfo peer) {
    return peer.address() instanceof InetSocketAddress inet ? inet.getAddress() : null;
  }

  /** The bytes of a connection, and whether somebody waits for them. */
  private static final class Source implements Supplier<byte[]> {
    private final HelidonSocket socket;
    private volatile boolean waiting;
    private volatile boolean heard;
    private volatile long since = System.nanoTime();

    Source(HelidonSocket socket) {
      this.socket = socket;
    }

    @Override
    public byte[] get() {
      since = System.nanoTime();
      waiting = true;
      try {
        byte[] bytes = socket.get();
        heard = true;
        return bytes;
      } catch (UncheckedIOException e) {
        // As Helidon's own source says it: nothing failed here, and nobody is left to be answered.
        throw new ServerConnectionException("the connection has ended", e);
      } finally {
        waiting = false;
      }
    }

    boolean isWaiting() {
      return waiting;
    }

    void close() {
      try {
        socket.close();
      } catch (UncheckedIOException e) {
        // It ended by itself at this very moment: what was wanted.
        LOG.log(System.Logger.Level.DEBUG, "connection had ended: {0}", e.getMessage());
      }
    }
  }

  /** What goes out on a connection, and since when the client has not taken a part of it. */
  private static final class Sink implements DataWriter {
    private final DataWriter writer;
    private volatile long since;
    private volatile boolean waiting;

    Sink(DataWriter writer) {
      this.writer = writer;
    }

    private void watched(Runnable step) {
      since = System.nanoTime();
      waiting = true;
      try {
        step.run();
      } catch (SocketWriterException | UncheckedIOException e) {
        throw new ServerConnectionException("the connection has ended", e);
      } finally {
        waiting = false;
      }
    }

    @Override
    public void write(BufferData... buffers) {
      watched(() -> writer.write(buffers));
    }

    @Override
    public void write(BufferData buffer) {
      watched(() -> writer.write(buffer));
    }

    @Override
    public void writeNow(BufferData... buffers) {
      watched(() -> writer.writeNow(buffers));
    }

    @Override
    public void writeNow(BufferData buffer) {
      watched(() -> writer.writeNow(buffer));
    }

    @Override
    public void flush() {
      watched(writer::flush);
    }

    @Override
    public void close() {
      writer.close();
    }

    boolean isWaiting(Duration atLeast) {
      return waiting && System.nanoTime() - since > atLeast.toNanos();
    }
  }

  /** Sees the headers of requests. */
  private static final class Requests implements Http1ConnectionListener {
    @Override
    public void headers(ConnectionContext context, Headers headers) {
      if (context instanceof Observed observed
          && headers.containsToken(HeaderValues.CONNECTION_CLOSE)) {
        observed.dataReader.lastRequest();
      }
    }

    @Override
    public void data(ConnectionContext context, BufferData data) {}
  }

  /** Sees the headers of answers. */
  private static final class Answers implements Http1ConnectionListener {
    @Override
    public void status(ConnectionContext context, Status status) {
      if (context instanceof Observed observed
          && status.code() == Status.REQUEST_ENTITY_TOO_LARGE_413.code()) {
        observed.dataReader.tooLarge();
      }
    }

    @Override
    public void headers(ConnectionContext context, Headers headers) {
      if (context instanceof Observed observed) {
        observed.dataReader.answer(headers.containsToken(HeaderValues.CONNECTION_CLOSE));
      }
    }

    @Override
    public void data(ConnectionContext context, BufferData data) {}
  }

  /** One connection with its place. */
  private final class Timed implements ServerConnection, InterruptableTask<Void>, Connections.Held {
    private final ServerConnection connection;
    private final SoundReader reader;
    private final Source source;
    private final Sink sink;
    private final @Nullable InetAddress address;
    private volatile boolean hasPlace;
    private volatile boolean lingers;
    private volatile long lingersSince;

    Timed(
        ServerConnection connection,
        SoundReader reader,
        Source source,
        Sink sink,
        @Nullable InetAddress address) {
      this.connection = connection;
      this.reader = reader;
      this.source = source;
      this.sink = sink;
      this.address = address;
    }

    @Override
    public void handle(Limit limit) throws InterruptedException {
      if (!connections.enter(this)) {
        throw new CloseConnectionException("no connection is left for this address");
      }
      hasPlace = true;
      try {
        connection.handle(limit);
      } finally {
        try {
          if (reader.isTooLarge()) {
            linger();
          }
        } finally {
          connections.leave(this);
        }
      }
    }

    /** Reads on for a while, and away. */
    private void linger() {
      lingersSince = System.nanoTime();
      lingers = true;
      long read = 0;
      try {
        while (read < LINGER_BYTES_MAX && !isOverdue()) {
          byte[] bytes = source.get();
          if (bytes == null || bytes.length == 0) {
            return;
          }
          read += bytes.length;
        }
      } catch (ServerConnectionException e) {
        // It has ended: what was waited for.
        LOG.log(System.Logger.Level.DEBUG, "ended while lingering: {0}", e.getMessage());
      }
    }

    @Override
    public boolean isOverdue() {
      long now = System.nanoTime();
      return lingers
          ? now - lingersSince > LINGER_MAX.toNanos()
          : !source.heard && now - source.since > firstByteMax().toNanos();
    }

    @Override
    public Duration idleTime() {
      return hasPlace ? connection.idleTime() : Duration.ZERO;
    }

    @Override
    public void close(boolean interrupt) {
      if (idleTime().compareTo(timeMax) > 0 && (source.isWaiting() || sink.isWaiting(timeMax))) {
        source.close();
      }
      connection.close(interrupt);
    }

    @Override
    public boolean canInterrupt() {
      return connection instanceof InterruptableTask<?> task && task.canInterrupt();
    }

    @Override
    public @Nullable InetAddress address() {
      return address;
    }

    @Override
    public boolean hasSpoken() {
      return source.heard;
    }

    @Override
    public boolean isBetweenRequests() {
      return source.isWaiting() && (lingers || canInterrupt());
    }

    @Override
    public long waitsSinceNanos() {
      return source.since;
    }

    @Override
    public void end() {
      source.close();
    }
  }

  /** A connection that is read and written through ours. */
  private record Observed(ConnectionContext context, SoundReader dataReader, DataWriter dataWriter)
      implements ConnectionContext {
    @Override
    public ListenerContext listenerContext() {
      return context.listenerContext();
    }

    @Override
    public ExecutorService executor() {
      return context.executor();
    }

    @Override
    public Router router() {
      return context.router();
    }

    @Override
    public Optional<ProxyProtocolData> proxyProtocolData() {
      return context.proxyProtocolData();
    }

    @Override
    public HelidonSocket serverSocket() {
      return context.serverSocket();
    }

    @Override
    public PeerInfo remotePeer() {
      return context.remotePeer();
    }

    @Override
    public PeerInfo localPeer() {
      return context.localPeer();
    }

    @Override
    public boolean isSecure() {
      return context.isSecure();
    }

    @Override
    public String socketId() {
      return context.socketId();
    }

    @Override
    public String childSocketId() {
      return context.childSocketId();
    }
  }
}
