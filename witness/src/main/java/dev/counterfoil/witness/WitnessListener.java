package dev.counterfoil.witness;

import dev.counterfoil.configuration.HostPort;
import dev.counterfoil.listener.TimedConnections;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http1.Http1Config;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** The witness's HTTP listener and its limits. */
final class WitnessListener {
  private static final int REQUEST_LINE_MAX = 4 * 1024;
  private static final int HEADERS_MAX = 16 * 1024;
  private static final int CONNECTIONS_MAX = 1024;
  private static final Duration STOP_GRACE = Duration.ofMillis(500);

  private WitnessListener() {}

  /**
   * Starts it.
   *
   * @param readTimeMax longest time for a request to arrive, and for a connection to be idle
   *     between two
   */
  static WebServer start(HostPort address, WitnessRoutes routes, Duration readTimeMax) {
    DirectHandlers.Builder handlers = DirectHandlers.builder();
    for (DirectHandler.EventType event : DirectHandler.EventType.values()) {
      handlers.addHandler(event, WitnessListener::refuse);
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
        .addConnectionSelector(
            new TimedConnections(
                Http1Config.builder()
                    .maxPrologueLength(REQUEST_LINE_MAX)
                    .maxHeadersSize(HEADERS_MAX)
                    .build(),
                readTimeMax,
                TimedConnections.Ending.CLOSED))
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
    String detail =
        status.code() >= 500
            ? "the witness failed; its log says why"
            : "the request is not well-formed HTTP, or beyond the listener's limits";
    return DirectHandler.TransportResponse.builder()
        .status(status)
        .headers(headers)
        .header(HeaderNames.CONTENT_TYPE, WitnessRoutes.TEXT)
        .header(HeaderValues.CONNECTION_CLOSE)
        .keepAlive(false)
        .entity((detail + "\n").getBytes(StandardCharsets.UTF_8))
        .build();
  }
}
