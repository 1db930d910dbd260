package dev.counterfoil.monitor;

import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.StrictJson;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Reads what an authority says of its domain in {@code <issuer>/health/ready}, whether it is ready
 * or not: while a log is damaged, or cosigners are missed, it may well not be.
 */
final class AuthorityHealth implements AutoCloseable {
  static final int BYTES_MAX = 1024 * 1024;

  private static final System.Logger LOG = System.getLogger(AuthorityHealth.class.getName());

  private final HttpClient http;
  private final Duration timeout;

  /**
   * Makes a reader.
   *
   * @param timeout for each whole answer
   */
  AuthorityHealth(Duration timeout) {
    this.http =
        HttpClient.newBuilder()
            .connectTimeout(timeout)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
    this.timeout = timeout;
  }

  /** What it says now; empty when there is no such answer: others notice whether it is there. */
  Optional<JsonObject> read(String issuer) throws InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(issuer + "/health/ready")).timeout(timeout).build();
    CompletableFuture<HttpResponse<byte[]>> asked =
        http.sendAsync(
            request,
            HttpResponse.BodyHandlers.limiting(HttpResponse.BodyHandlers.ofByteArray(), BYTES_MAX));
    try {
      HttpResponse<byte[]> answer = asked.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
      return answer.statusCode() == 200 || answer.statusCode() == 503
          ? Optional.of(StrictJson.object(answer.body(), BYTES_MAX))
          : Optional.empty();
    } catch (ExecutionException | TimeoutException | FormatException e) {
      asked.cancel(true);
      LOG.log(System.Logger.Level.DEBUG, "health of {0}: {1}", issuer, e.toString());
      return Optional.empty();
    }
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
