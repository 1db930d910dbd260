package dev.counterfoil.examples;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.verifier.Expectations;
import dev.counterfoil.verifier.RefusalCode;
import dev.counterfoil.verifier.Refused;
import dev.counterfoil.verifier.RequestContext;
import dev.counterfoil.verifier.Unrecorded;
import dev.counterfoil.verifier.Verified;
import dev.counterfoil.verifier.Verifier;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Executors;

/** A service on the HTTP server of the JDK. */
public final class JdkHttpServer {
  private static final Expectations MAIL =
      Expectations.audience("https://mail.example").accessToken().tenant("acme").bearerAllowed();

  /** As clients see it. */
  private static final URI INBOX = URI.create("https://mail.example/inbox");

  private static final String SCHEME = "Bearer ";

  private JdkHttpServer() {}

  /** Serves; the argument is the file of the trust policy. */
  public static void main(String[] arguments) throws Exception {
    TrustPolicy policy = TrustPolicy.parse(Files.readAllBytes(Path.of(arguments[0])));
    start(Verifier.builder(policy).build(), 8080);
  }

  /** What whoever came with a good token gets. */
  interface Answer {
    void give(HttpExchange exchange, Verified verified) throws IOException;
  }

  static HttpServer start(Verifier verifier, int port) throws IOException {
    return start(
        verifier,
        port,
        (exchange, verified) -> send(exchange, 200, "mail of " + verified.subject()));
  }

  static HttpServer start(Verifier verifier, int port, Answer answer) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/inbox", exchange -> inbox(verifier, exchange, answer));
    server.start();
    return server;
  }

  private static void inbox(Verifier verifier, HttpExchange exchange, Answer answer)
      throws IOException {
    if (!exchange.getRequestURI().getPath().equals("/inbox")) {
      // A context is a prefix.
      send(exchange, 404, "there is nothing here");
      return;
    }
    String authorization =
        Objects.requireNonNullElse(exchange.getRequestHeaders().getFirst("Authorization"), "");
    if (!authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      challenge(exchange, "Bearer");
      return;
    }
    String token = authorization.substring(SCHEME.length()).strip();
    switch (verifier.verify(token, MAIL, context(exchange))) {
      case Verified verified -> answer.give(exchange, verified);
      case Unrecorded unrecorded -> challenge(exchange, invalid("Bearer", "unrecorded"));
      case Refused refused -> refuse(exchange, "Bearer", refused.code());
    }
  }

  static RequestContext context(HttpExchange exchange) {
    return RequestContext.of(
        exchange.getRequestMethod(),
        INBOX,
        exchange.getRemoteAddress().getAddress().getHostAddress());
  }

  static void refuse(HttpExchange exchange, String scheme, RefusalCode code) throws IOException {
    if (code.isUndecided()) {
      // Nobody can tell for now: the client is not sent for another token.
      exchange
          .getResponseHeaders()
          .set("Retry-After", Long.toString(Verifier.RETRY_AFTER.toSeconds()));
      send(exchange, 503, code.text());
    } else {
      challenge(exchange, invalid(scheme, code.text()));
    }
  }

  /** RFC 6750 3, RFC 9449 7.1. */
  static String invalid(String scheme, String description) {
    return scheme + " error=\"invalid_token\", error_description=\"" + description + "\"";
  }

  static void challenge(HttpExchange exchange, String challenge) throws IOException {
    exchange.getResponseHeaders().set("WWW-Authenticate", challenge);
    send(exchange, 401, "a token is needed");
  }

  static void send(HttpExchange exchange, int status, String text) throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }
}
