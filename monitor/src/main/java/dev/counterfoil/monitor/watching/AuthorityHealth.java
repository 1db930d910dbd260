package dev.counterfoil.monitor.watching;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Reads what an authority says of its domain in {@code <issuer>/health/ready}, whether it is ready
 * or not: while a log is damaged, or cosigners are missed, it may well not be. Belongs to one
 * thread.
 */
public final class AuthorityHealth implements AutoCloseable {
  static final int BYTES_MAX = 1024 * 1024;

  private static final System.Logger LOG = System.getLogger(AuthorityHealth.class.getName());

  private final HttpClient http;
  private final Duration timeout;

  /** Whose answers cannot be read, so that it is said once. */
  private final Set<String> unreadable = new HashSet<>();

  /**
   * Makes a reader.
   *
   * @param timeout for each whole answer
   */
  public AuthorityHealth(Duration timeout) {
    this.http =
        HttpClient.newBuilder()
            .connectTimeout(timeout)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
    this.timeout = timeout;
  }

  /**
   * What it says now; empty when there is no such answer. Others notice whether it is there; that
   * it answers and its answer cannot be read is a warning, once until it can: nothing that it
   * passes on is a finding meanwhile.
   */
  public Optional<JsonObject> read(String issuer) throws InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(issuer + "/health/ready")).timeout(timeout).build();
    AtomicBoolean answers = new AtomicBoolean();
    CompletableFuture<HttpResponse<byte[]>> asked =
        http.sendAsync(
            request,
            answer -> {
              answers.set(isOfHealth(answer.statusCode()));
              return HttpResponse.BodySubscribers.limiting(
                  HttpResponse.BodySubscribers.ofByteArray(), BYTES_MAX);
            });
    try {
      HttpResponse<byte[]> answer = asked.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
      if (!isOfHealth(answer.statusCode())) {
        return Optional.empty();
      }
      JsonObject health = StrictJson.object(answer.body(), BYTES_MAX);
      unreadable.remove(issuer);
      return Optional.of(health);
    } catch (ExecutionException | TimeoutException | FormatException e) {
      asked.cancel(true);
      boolean isNews = answers.get() && unreadable.add(issuer);
      LOG.log(
          isNews ? System.Logger.Level.WARNING : System.Logger.Level.DEBUG,
          answers.get()
              ? "cannot read what {0} reports in /health/ready, so none of it becomes a"
                  + " finding: {1}"
              : "health of {0}: {1}",
          issuer,
          e.toString());
      return Optional.empty();
    }
  }

  private static boolean isOfHealth(int status) {
    return status == 200 || status == 503;
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
