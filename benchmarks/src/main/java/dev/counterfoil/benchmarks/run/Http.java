package dev.counterfoil.benchmarks.run;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** The few plain requests of a run. Loopback only: any other host is refused. */
public final class Http {
  private static final Duration ANSWER_MAX = Duration.ofSeconds(10);
  private static final Duration START_MAX = Duration.ofMinutes(3);

  /** How often a server that starts is asked whether it is ready. */
  private static final Duration POLL = Duration.ofMillis(10);

  private static final HttpClient CLIENT =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(ANSWER_MAX)
          .build();

  private Http() {}

  public static HttpResponse<String> get(URI uri) throws IOException, InterruptedException {
    return send(HttpRequest.newBuilder(uri));
  }

  public static HttpResponse<String> send(HttpRequest.Builder builder)
      throws IOException, InterruptedException {
    HttpRequest request = builder.timeout(ANSWER_MAX).build();
    requireLoopback(request.uri());
    return CLIENT.send(request, HttpResponse.BodyHandlers.ofString());
  }

  /** Asks until the answer is 200; how long that took since {@code begunNanos}. */
  public static Duration awaitOk(URI uri, Child child, long begunNanos)
      throws InterruptedException {
    while (true) {
      try {
        if (get(uri).statusCode() == 200) {
          return Duration.ofNanos(System.nanoTime() - begunNanos);
        }
      } catch (IOException e) {
        // Not listening yet, or closed the connection while it starts: asked again below.
      }
      child.requireUnder(START_MAX, begunNanos);
      Thread.sleep(POLL);
    }
  }

  /** A run loads this machine and nothing else. */
  static void requireLoopback(URI uri) {
    if (!"127.0.0.1".equals(uri.getHost()) && !"localhost".equals(uri.getHost())) {
      throw new IllegalArgumentException(
          "a benchmark talks to this machine only, and " + uri + " is another");
    }
  }
}
