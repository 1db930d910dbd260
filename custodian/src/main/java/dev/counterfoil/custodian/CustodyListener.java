package dev.counterfoil.custodian;

import dev.counterfoil.configuration.HostPort;
import dev.counterfoil.listener.TimedConnections;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http1.Http1Config;
import java.time.Duration;
import java.util.function.Consumer;

/** An HTTP listener with limits, of a custodian or of the monitor around one. */
public final class CustodyListener {
  private static final int REQUEST_LINE_MAX = 4 * 1024;
  private static final int HEADERS_MAX = 32 * 1024;
  private static final int CONNECTIONS_MAX = 4096;
  private static final Duration READ_TIME_MAX = Duration.ofSeconds(30);
  private static final Duration STOP_GRACE = Duration.ofMillis(500);

  private CustodyListener() {}

  /** Starts it. */
  public static WebServer start(HostPort address, Consumer<HttpRouting.Builder> routes) {
    return start(address, routes, READ_TIME_MAX);
  }

  /**
   * Starts it.
   *
   * @param readTimeMax longest time for a request to arrive, and for a connection to be idle
   *     between two
   */
  public static WebServer start(
      HostPort address, Consumer<HttpRouting.Builder> routes, Duration readTimeMax) {
    DirectHandlers.Builder handlers = DirectHandlers.builder();
    for (DirectHandler.EventType event : DirectHandler.EventType.values()) {
      handlers.addHandler(event, CustodyListener::refuse);
    }
    return WebServer.builder()
        .bindAddress(address.resolve())
        .maxTcpConnections(CONNECTIONS_MAX)
        .idleConnectionTimeout(readTimeMax)
        .idleConnectionPeriod(readTimeMax.dividedBy(2))
        .shutdownGracePeriod(STOP_GRACE)
        .shutdownHook(false)
        .connectionOptions(options -> options.tcpNoDelay(true))
        .protocolsDiscoverServices(false)
        .contentEncoding(
            encodings ->
                encodings
                    .contentEncodingsDiscoverServices(false)
                    .addContentEncoding(new EncodedBodies()))
        .addConnectionSelector(
            new TimedConnections(
                Http1Config.builder()
                    .maxPrologueLength(REQUEST_LINE_MAX)
                    .maxHeadersSize(HEADERS_MAX)
                    .build(),
                readTimeMax,
                TimedConnections.Ending.CLOSED))
        .directHandlers(handlers.build())
        .routing(routes)
        .build()
        .start();
  }

  /** What Helidon refuses before a route is found: the same form of answer, no input repeated. */
  private static DirectHandler.TransportResponse refuse(
      DirectHandler.TransportRequest request,
      DirectHandler.EventType event,
      Status status,
      ServerResponseHeaders headers,
      String message) {
    Problem problem =
        status.code() >= 500
            ? Problem.failed()
            : new Problem(
                status.code(),
                "malformed",
                "the request is not well-formed HTTP, or beyond the listener's limits");
    return DirectHandler.TransportResponse.builder()
        .status(status)
        .headers(headers)
        .header(HeaderNames.CONTENT_TYPE, Problem.CONTENT_TYPE)
        .header(HeaderValues.CONNECTION_CLOSE)
        .keepAlive(false)
        .entity(problem.body())
        .build();
  }
}
