package dev.counterfoil.authority;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.common.task.InterruptableTask;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;
import java.time.Duration;
import java.util.Set;

/**
 * HTTP/1.1 connections that end when no request was finished for a while. Helidon's idle timeout
 * alone ends connections between two requests only, and its sockets have no read timeout, so that a
 * client that stops inside its headers or its body would hold its connection for ever.
 */
final class TimedConnections implements ServerConnectionSelector {
  private final Http1ConnectionSelector http;
  private final Duration timeMax;

  /**
   * @param timeMax longest time for a request, from the end of the one before; the listener's idle
   *     timeout is the same
   */
  TimedConnections(Http1Config config, Duration timeMax) {
    this.http = Http1ConnectionSelector.builder().config(config).build();
    this.timeMax = timeMax;
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
    return new Timed(http.connection(context), timeMax);
  }

  private record Timed(ServerConnection connection, Duration timeMax)
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
}
