package dev.counterfoil.http.listener;

import io.helidon.common.tls.Tls;
import io.helidon.common.tls.TlsClientAuth;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.WebServerConfig;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http1.Http1Config;
import java.net.SocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** The HTTP listener of a process: one way to set its limits and to refuse, for all of them. */
public final class Listener implements AutoCloseable {
  private static final Duration STOP_GRACE = Duration.ofMillis(500);
  private static final int BACKLOG = 1024;

  /** Connections that are accepted and about to end, because others take their places. */
  private static final int ENDING_MAX = 64;

  /**
   * The limits of a listener.
   *
   * @param address where it listens
   * @param requestLineMax longest request line, in bytes
   * @param headersMax most bytes of a request's headers
   * @param bodyMax longest body
   * @param takesEncodedBodies whether bodies with a Content-Encoding come to the routes, as they
   *     are
   * @param connectionsMax most connections
   * @param readTimeMax longest time for a request to arrive, and for a connection to be idle
   * @param proxies proxies, whose connections stand for many clients
   */
  public record Settings(
      SocketAddress address,
      int requestLineMax,
      int headersMax,
      long bodyMax,
      boolean takesEncodedBodies,
      int connectionsMax,
      Duration readTimeMax,
      ClientAddress proxies) {}

  private final Connections connections;
  private final WebServer web;

  private Listener(Connections connections, WebServer web) {
    this.connections = connections;
    this.web = web;
  }

  /**
   * Starts it.
   *
   * @param form of what is refused before a route is found
   * @param failed counts what is refused
   */
  public static Listener start(
      Settings settings,
      Problem.Form form,
      FailedRequests failed,
      Consumer<HttpRouting.Builder> routes) {
    return start(settings, form, failed, routes, null);
  }

  /**
   * The same for those alone who prove themselves with a certificate.
   *
   * @param tls says which are accepted; null for plain connections
   */
  public static Listener start(
      Settings settings,
      Problem.Form form,
      FailedRequests failed,
      Consumer<HttpRouting.Builder> routes,
      @Nullable SSLContext tls) {
    Duration readTimeMax = settings.readTimeMax;
    Connections connections = new Connections(settings.connectionsMax, settings.proxies::isProxy);
    DirectHandlers.Builder handlers = DirectHandlers.builder();
    DirectHandler refusing =
        (request, event, status, headers, message) ->
            refuse(form, failed, Problem.of(status.code(), settings.bodyMax), headers);
    for (DirectHandler.EventType event : DirectHandler.EventType.values()) {
      handlers.addHandler(event, refusing);
    }
    WebServerConfig.Builder builder =
        WebServer.builder()
            .bindAddress(settings.address)
            .backlog(BACKLOG)
            .maxTcpConnections(settings.connectionsMax + ENDING_MAX)
            .maxPayloadSize(settings.bodyMax)
            .idleConnectionTimeout(readTimeMax)
            .idleConnectionPeriod(readTimeMax.dividedBy(2))
            .shutdownGracePeriod(STOP_GRACE)
            .shutdownHook(false)
            .connectionOptions(options -> options.tcpNoDelay(true).socketReuseAddress(true))
            .protocolsDiscoverServices(false)
            .addConnectionSelector(
                new TimedConnections(
                    Http1Config.builder()
                        .maxPrologueLength(settings.requestLineMax)
                        .maxHeadersSize(settings.headersMax),
                    readTimeMax,
                    connections))
            .directHandlers(handlers.build())
            .routing(
                routing -> {
                  routing.addFilter(new DateHeader(InstantSource.system()));
                  settings.proxies.register(routing);
                  routes.accept(routing);
                });
    if (tls != null) {
      builder.tls(Tls.builder().sslContext(tls).clientAuth(TlsClientAuth.REQUIRED).build());
    }
    if (settings.takesEncodedBodies) {
      builder.contentEncoding(
          encodings ->
              encodings
                  .contentEncodingsDiscoverServices(false)
                  .addContentEncoding(new EncodedBodies()));
    }
    return new Listener(connections, builder.build().start());
  }

  /** The form of the listener, no input repeated, and the connection ends. */
  private static DirectHandler.TransportResponse refuse(
      Problem.Form form, FailedRequests failed, Problem refusal, ServerResponseHeaders headers) {
    failed.refused(refusal);
    return DirectHandler.TransportResponse.builder()
        .status(Status.create(refusal.status()))
        .headers(headers)
        .header(HeaderNames.CONTENT_TYPE, form.contentType())
        .header(HeaderNames.CACHE_CONTROL, "no-store")
        .header(HeaderValues.CONNECTION_CLOSE)
        .keepAlive(false)
        .entity(form.body().apply(refusal))
        .build();
  }

  /** The port that it listens on. */
  public int port() {
    return web.port();
  }

  @Override
  public void close() {
    web.stop();
    connections.close();
  }
}
