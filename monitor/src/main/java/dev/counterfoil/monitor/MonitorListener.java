package dev.counterfoil.monitor;

import dev.counterfoil.configuration.HostPort;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http1.Http1Config;
import java.time.Duration;

/** The monitor's HTTP listener and its limits. */
final class MonitorListener {
  private static final int REQUEST_LINE_MAX = 4 * 1024;
  private static final int HEADERS_MAX = 32 * 1024;
  private static final int CONNECTIONS_MAX = 1024;
  private static final Duration READ_TIME_MAX = Duration.ofSeconds(10);
  private static final Duration IDLE_TIME_MAX = Duration.ofMinutes(2);
  private static final Duration STOP_GRACE = Duration.ofMillis(500);

  private MonitorListener() {}

  static WebServer start(HostPort address, MonitorRoutes routes) {
    DirectHandlers.Builder handlers = DirectHandlers.builder();
    for (DirectHandler.EventType event : DirectHandler.EventType.values()) {
      handlers.addHandler(event, MonitorListener::refuse);
    }
    return WebServer.builder()
        .bindAddress(address.resolve())
        .maxTcpConnections(CONNECTIONS_MAX)
        .idleConnectionTimeout(IDLE_TIME_MAX)
        .shutdownGracePeriod(STOP_GRACE)
        .shutdownHook(false)
        .connectionOptions(options -> options.readTimeout(READ_TIME_MAX).tcpNoDelay(true))
        .protocolsDiscoverServices(false)
        .addProtocol(
            Http1Config.builder()
                .maxPrologueLength(REQUEST_LINE_MAX)
                .maxHeadersSize(HEADERS_MAX)
                .build())
        .directHandlers(handlers.build())
        .routing(routes::register)
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
