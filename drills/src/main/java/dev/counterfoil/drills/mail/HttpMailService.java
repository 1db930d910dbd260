package dev.counterfoil.drills.mail;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A small mail service over HTTP beside Dovecot: {@code GET /mailboxes/<user>} gives the
 * identifiers of a user's messages to whoever shows a token for that user. A {@link TokenGate}
 * decides about the token.
 */
public final class HttpMailService implements AutoCloseable {
  private static final String PATH = "/mailboxes/";
  private static final int HEADER_CHARACTERS_MAX = 16 * 1024;

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Mailboxes mailboxes;
  private final TokenGate gate;

  private HttpMailService(HttpServer server, Mailboxes mailboxes, TokenGate gate) {
    this.server = server;
    this.mailboxes = mailboxes;
    this.gate = gate;
  }

  /** Starts one on a free loopback port. */
  public static HttpMailService start(Mailboxes mailboxes, TokenGate gate) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    var service = new HttpMailService(server, mailboxes, gate);
    server.setExecutor(service.threads);
    server.createContext(PATH, service::answer);
    server.start();
    return service;
  }

  /** Where a user's mailbox is. */
  public URI mailbox(String user) {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + PATH + user);
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String user = exchange.getRequestURI().getPath().substring(PATH.length());
      Optional<String> refusal = refusal(exchange, user);
      if (refusal.isPresent()) {
        exchange
            .getResponseHeaders()
            .set(
                "WWW-Authenticate",
                "DPoP error=\"invalid_token\", error_description=\"" + refusal.get() + "\"");
        send(exchange, 401, refusal.get());
        return;
      }
      send(exchange, 200, String.join("\n", mailboxes.messageIds(user)));
    }
  }

  private Optional<String> refusal(HttpExchange exchange, String user) {
    String authorization = exchange.getRequestHeaders().getFirst("Authorization");
    if (authorization == null
        || authorization.length() > HEADER_CHARACTERS_MAX
        || authorization.indexOf(' ') < 0) {
      return Optional.of("no-token");
    }
    boolean dpop = authorization.startsWith("DPoP ");
    String proof = dpop ? exchange.getRequestHeaders().getFirst("DPoP") : null;
    var request =
        new TokenGate.Request(
            exchange.getRequestMethod(),
            mailbox(user),
            authorization.substring(authorization.indexOf(' ') + 1),
            Optional.ofNullable(proof).filter(text -> text.length() <= HEADER_CHARACTERS_MAX),
            exchange.getRemoteAddress().getAddress().getHostAddress());
    return switch (gate.decide(request)) {
      case TokenGate.Decision.Bad bad -> Optional.of(bad.code());
      case TokenGate.Decision.Good good ->
          good.subject().equals(user) ? Optional.empty() : Optional.of("another-user");
    };
  }

  private static void send(HttpExchange exchange, int status, String text) throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
  }
}
