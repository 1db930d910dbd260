package dev.counterfoil.listener;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataWriter;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.common.socket.PeerInfo;
import io.helidon.common.task.InterruptableTask;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.ProxyProtocolData;
import io.helidon.webserver.Router;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.function.Supplier;

/**
 * HTTP/1.1 connections that end when a request does not arrive in time. Helidon's idle timeout
 * alone ends connections between two requests only, and its sockets have no read timeout, so that a
 * client that stops inside its headers or its body would hold its connection for ever.
 */
public final class TimedConnections implements ServerConnectionSelector {
  private static final System.Logger LOG = System.getLogger(TimedConnections.class.getName());

  /** What is done to a connection whose time is over. */
  public enum Ending {
    /**
     * Its socket is closed, and only while it is read from. No thread is interrupted: one that
     * reads a {@link java.nio.channels.FileChannel} would lose it for everybody, one that commits
     * to a database must come to its end, and one that fetches for others would fail them.
     */
    CLOSED,

    /**
     * Its thread is interrupted, so that a client that does not read its answer is got rid of too:
     * for listeners whose threads hold nothing that minds.
     */
    INTERRUPTED
  }

  private final Http1ConnectionSelector http;
  private final Duration timeMax;
  private final Ending ending;

  /**
   * Makes a selector.
   *
   * @param timeMax longest time for a request, from the end of the one before; the listener's idle
   *     timeout is the same
   */
  public TimedConnections(Http1Config config, Duration timeMax, Ending ending) {
    this.http = Http1ConnectionSelector.builder().config(config).build();
    this.timeMax = timeMax;
    this.ending = ending;
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
    return switch (ending) {
      case CLOSED -> {
        Source source = new Source(context.serverSocket());
        yield new Closed(
            http.connection(new Observed(context, DataReader.create(source))), source, timeMax);
      }
      case INTERRUPTED -> new Interrupted(http.connection(context), timeMax);
    };
  }

  /** The bytes of a connection, and whether somebody waits for them. */
  private static final class Source implements Supplier<byte[]> {
    private final HelidonSocket socket;
    private volatile boolean waiting;

    Source(HelidonSocket socket) {
      this.socket = socket;
    }

    @Override
    public byte[] get() {
      waiting = true;
      try {
        return socket.get();
      } finally {
        waiting = false;
      }
    }

    void closeWhereItWaits() {
      if (!waiting) {
        return;
      }
      try {
        socket.close();
      } catch (UncheckedIOException e) {
        // It ended by itself at this very moment: what was wanted.
        LOG.log(System.Logger.Level.DEBUG, "connection had ended: {0}", e.getMessage());
      }
    }
  }

  private record Closed(ServerConnection connection, Source source, Duration timeMax)
      implements ServerConnection, InterruptableTask<Void> {
    @Override
    public void handle(Limit limit) throws InterruptedException {
      connection.handle(limit);
    }

    @Override
    public Duration idleTime() {
      return connection.idleTime();
    }

    @Override
    public void close(boolean interrupt) {
      if (idleTime().compareTo(timeMax) > 0) {
        source.closeWhereItWaits();
      }
      connection.close(interrupt);
    }

    @Override
    public boolean canInterrupt() {
      return connection instanceof InterruptableTask<?> task && task.canInterrupt();
    }
  }

  private record Interrupted(ServerConnection connection, Duration timeMax)
      implements ServerConnection, InterruptableTask<Void> {
    @Override
    public void handle(Limit limit) throws InterruptedException {
      connection.handle(limit);
    }

    @Override
    public Duration idleTime() {
      return connection.idleTime();
    }

    @Override
    public void close(boolean interrupt) {
      connection.close(interrupt || idleTime().compareTo(timeMax) > 0);
    }

    @Override
    public boolean canInterrupt() {
      return connection instanceof InterruptableTask<?> task && task.canInterrupt();
    }
  }

  /** A connection that is read through a reader of ours. */
  private record Observed(ConnectionContext context, DataReader dataReader)
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
    public DataWriter dataWriter() {
      return context.dataWriter();
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
