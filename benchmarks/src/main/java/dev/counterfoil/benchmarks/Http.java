package dev.counterfoil.benchmarks;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** The few plain requests of a run. Loopback only: any other host is refused. */
final class Http {
  private static final Duration ANSWER_MAX = Duration.ofSeconds(10);

  /** How often a server that starts is asked whether it is ready. */
  private static final Duration POLL = Duration.ofMillis(10);

  private static final HttpClient CLIENT =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(ANSWER_MAX)
          .build();

  private Http() {}

  static HttpResponse<String> get(URI uri) throws IOException, InterruptedException {
    return send(HttpRequest.newBuilder(uri).GET());
  }

  /** Asks for one token with client_secret_basic. */
  static HttpResponse<String> token(Server server) throws IOException, InterruptedException {
    return send(
        HttpRequest.newBuilder(server.tokenEndpoint())
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header("Authorization", server.client().authorization())
            .POST(HttpRequest.BodyPublishers.ofString(server.form())));
  }

  /** Asks for one token that is bound to the key of a DPoP proof. */
  static HttpResponse<String> boundToken(Server server, String proof)
      throws IOException, InterruptedException {
    return send(
        HttpRequest.newBuilder(server.tokenEndpoint())
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header("Authorization", server.client().authorization())
            .header("DPoP", proof)
            .POST(HttpRequest.BodyPublishers.ofString(server.form())));
  }

  /** Asks for one token with private_key_jwt. */
  static HttpResponse<String> token(Server server, String assertion)
      throws IOException, InterruptedException {
    String form =
        server.form()
            + "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
            + "&client_assertion="
            + assertion;
    return send(
        HttpRequest.newBuilder(server.tokenEndpoint())
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(HttpRequest.BodyPublishers.ofString(form)));
  }

  /** Asks until the answer is 200; how long that took since {@code begunNanos}. */
  static Duration awaitOk(URI uri, Child child, long begunNanos, Duration most)
      throws InterruptedException {
    while (true) {
      try {
        if (get(uri).statusCode() == 200) {
          return Duration.ofNanos(System.nanoTime() - begunNanos);
        }
      } catch (IOException e) {
        // Not listening yet, or closed the connection while it starts: asked again below.
        if (!child.isAlive()) {
          throw new IllegalStateException("The server ended while starting." + child.shown(), e);
        }
      }
      if (System.nanoTime() - begunNanos > most.toNanos()) {
        throw new IllegalStateException(
            uri + " was not ready within " + most.toSeconds() + " s." + child.shown());
      }
      Thread.sleep(POLL);
    }
  }

  private static HttpResponse<String> send(HttpRequest.Builder builder)
      throws IOException, InterruptedException {
    HttpRequest request = builder.timeout(ANSWER_MAX).build();
    requireLoopback(request.uri());
    return CLIENT.send(request, HttpResponse.BodyHandlers.ofString());
  }

  /** A run loads this machine and nothing else. */
  static void requireLoopback(URI uri) {
    if (!"127.0.0.1".equals(uri.getHost()) && !"localhost".equals(uri.getHost())) {
      throw new IllegalArgumentException(
          "a benchmark talks to this machine only, and " + uri + " is another");
    }
  }
}
