package dev.counterfoil.authority;

import dev.counterfoil.authority.AuthorityConfiguration.Domain;
import dev.counterfoil.listener.TimedConnections;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http1.Http1Config;
import java.time.Duration;

/** The HTTP listener of a domain and its limits. */
final class DomainListener {
  /** Longest request line, in bytes. */
  static final int REQUEST_LINE_MAX = 4 * 1024;

  /** Most bytes of a request's headers. */
  static final int HEADERS_MAX = 16 * 1024;

  private static final Duration STOP_GRACE = Duration.ofMillis(500);
  private static final int BACKLOG = 1024;

  private DomainListener() {}

  static WebServer start(Domain domain, DomainRoutes routes) {
    return WebServer.builder()
        .bindAddress(domain.listen().resolve())
        .backlog(BACKLOG)
        .maxTcpConnections(domain.connectionsMax())
        .maxPayloadSize(Form.BYTES_MAX)
        .idleConnectionTimeout(domain.readTimeout())
        .idleConnectionPeriod(domain.readTimeout().dividedBy(2))
        .shutdownGracePeriod(STOP_GRACE)
        .shutdownHook(false)
        .connectionOptions(options -> options.tcpNoDelay(true).socketReuseAddress(true))
        .protocolsDiscoverServices(false)
        .addConnectionSelector(
            new TimedConnections(
                Http1Config.builder()
                    .maxPrologueLength(REQUEST_LINE_MAX)
                    .maxHeadersSize(HEADERS_MAX)
                    .build(),
                domain.readTimeout(),
                TimedConnections.Ending.INTERRUPTED))
        .directHandlers(directHandlers())
        .routing(routes::register)
        .build()
        .start();
  }

  // What Helidon refuses before a route is found: the same form of answer, no input repeated.
  private static DirectHandlers directHandlers() {
    DirectHandlers.Builder handlers = DirectHandlers.builder();
    for (DirectHandler.EventType event : DirectHandler.EventType.values()) {
      handlers.addHandler(event, DomainListener::refuse);
    }
    return handlers.build();
  }

  private static DirectHandler.TransportResponse refuse(
      DirectHandler.TransportRequest request,
      DirectHandler.EventType event,
      Status status,
      ServerResponseHeaders headers,
      String message) {
    OAuthError error =
        status.code() >= Status.INTERNAL_SERVER_ERROR_500.code()
            ? OAuthError.of(OAuthError.Code.SERVER_ERROR, "the server failed; its log says why")
            : OAuthError.invalidRequest(
                status.code() == Status.REQUEST_ENTITY_TOO_LARGE_413.code()
                    ? "the body is longer than " + Form.BYTES_MAX + " bytes"
                    : "the request is not well-formed HTTP, or beyond the server's limits");
    return DirectHandler.TransportResponse.builder()
        .status(status)
        .headers(headers)
        .header(HeaderNames.CONTENT_TYPE, "application/json")
        .header(HeaderNames.CACHE_CONTROL, "no-store")
        .header(HeaderValues.CONNECTION_CLOSE)
        .keepAlive(false)
        .entity(error.body())
        .build();
  }
}
