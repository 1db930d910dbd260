package dev.counterfoil.examples;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.verifier.EndWatch;
import dev.counterfoil.verifier.Refused;
import dev.counterfoil.verifier.Verified;
import dev.counterfoil.verifier.Verifier;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** {@link JdkHttpServer} with an answer that goes on for as long as the token is good. */
public final class EventStream {
  private EventStream() {}

  /** Serves; the argument is the file of the trust policy. */
  public static void main(String[] arguments) throws Exception {
    TrustPolicy policy = TrustPolicy.parse(Files.readAllBytes(Path.of(arguments[0])));
    start(Verifier.builder(policy).build(), 8080);
  }

  static HttpServer start(Verifier verifier, int port) throws IOException {
    return JdkHttpServer.start(verifier, port, EventStream::stream);
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
      JdkHttpServer.send(exchange, 503, "too many sessions");
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
}
