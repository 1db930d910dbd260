package dev.counterfoil.examples;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.counterfoil.format.TrustPolicy;
import dev.counterfoil.verifier.EndWatch;
import dev.counterfoil.verifier.Expectations;
import dev.counterfoil.verifier.RefusalCode;
import dev.counterfoil.verifier.Refused;
import dev.counterfoil.verifier.RequestContext;
import dev.counterfoil.verifier.Unrecorded;
import dev.counterfoil.verifier.Verified;
import dev.counterfoil.verifier.Verifier;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The same with an answer that goes on for as long as the token is good. */
public final class EventStream {
  private static final Expectations MAIL =
      Expectations.audience("https://mail.example").accessToken().tenant("acme").bearerAllowed();

  /** As clients see it. */
  private static final URI INBOX = URI.create("https://mail.example/inbox");

  private static final String SCHEME = "Bearer ";

  private EventStream() {}

  /** Serves; the argument is the file of the trust policy. */
  public static void main(String[] arguments) throws Exception {
    TrustPolicy policy = TrustPolicy.parse(Files.readAllBytes(Path.of(arguments[0])));
    start(Verifier.builder(policy).build(), 8080);
  }

  static HttpServer start(Verifier verifier, int port) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/inbox", exchange -> inbox(verifier, exchange));
    server.start();
    return server;
  }

  private static void inbox(Verifier verifier, HttpExchange exchange) throws IOException {
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
    RequestContext context =
        RequestContext.of(
            exchange.getRequestMethod(),
            INBOX,
            exchange.getRemoteAddress().getAddress().getHostAddress());
    switch (verifier.verify(token, MAIL, context)) {
      case Verified verified -> stream(exchange, verified);
      case Unrecorded unrecorded -> challenge(exchange, invalid("unrecorded"));
      case Refused refused -> refuse(exchange, refused.code());
    }
  }

  /** Server-sent events, the last of which says why there are no more. */
  private static void stream(HttpExchange exchange, Verified verified) throws IOException {
    CompletableFuture<Refused> end = new CompletableFuture<>();
    // Ends with the token: it expires, is revoked, or its key is.
    try (EndWatch _ = verified.onEnd(end::complete);
        OutputStream out = exchange.getResponseBody()) {
      exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
      exchange.sendResponseHeaders(200, 0);
      do {
        out.write(event("mail", "mail of " + verified.subject()));
        out.flush();
      } while (!isOver(end));
      out.write(event("end", end.join().code().text()));
    } catch (IllegalStateException e) {
      // So many sessions are watched that this one would not be.
      send(exchange, 503, "too many sessions");
    }
  }

  private static byte[] event(String name, String data) {
    return ("event: " + name + "\ndata: " + data + "\n\n").getBytes(StandardCharsets.UTF_8);
  }

  private static boolean isOver(CompletableFuture<Refused> end) throws IOException {
    try {
      return end.get(1, TimeUnit.SECONDS) != null;
    } catch (TimeoutException e) {
      return false;
    } catch (InterruptedException | ExecutionException e) {
      throw new IOException("the server stops", e);
    }
  }

  private static void refuse(HttpExchange exchange, RefusalCode code) throws IOException {
    if (code.isUndecided()) {
      // Nobody can tell for now: the client is not sent for another token.
      send(exchange, 503, code.text());
    } else {
      challenge(exchange, invalid(code.text()));
    }
  }

  /** RFC 6750 3. */
  private static String invalid(String description) {
    return "Bearer error=\"invalid_token\", error_description=\"" + description + "\"";
  }

  private static void challenge(HttpExchange exchange, String challenge) throws IOException {
    exchange.getResponseHeaders().set("WWW-Authenticate", challenge);
    send(exchange, 401, "a token is needed");
  }

  private static void send(HttpExchange exchange, int status, String text) throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }
}
