package dev.counterfoil.verifier.reading;

import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Reads over HTTP with the JDK's client: bounded in size, and in time from the first byte sent to
 * the last byte received. Follows no redirects.
 */
public final class HttpReadSide implements ReadSide {
  /** Places of which a clock is remembered: an issuer and mirrors of its logs. */
  private static final int ORIGINS_MAX = 16;

  private final HttpClient http;
  private final Duration timeout;
  private final InstantSource clock;
  private final Map<String, Duration> ahead = new ConcurrentHashMap<>();

  /**
   * Makes a reader.
   *
   * @param http must not follow redirects
   * @param timeout for each whole answer
   */
  public HttpReadSide(HttpClient http, Duration timeout) {
    this(http, timeout, InstantSource.system());
  }

  /** The same, holding the {@code Date} of answers against another clock. */
  HttpReadSide(HttpClient http, Duration timeout, InstantSource clock) {
    if (http.followRedirects() != HttpClient.Redirect.NEVER) {
      throw new IllegalArgumentException("use an HTTP client that follows no redirects");
    }
    this.http = http;
    this.timeout = timeout;
    this.clock = clock;
  }

  /** Makes a reader with a client of its own. */
  public static HttpReadSide create(Duration timeout) {
    return create(timeout, InstantSource.system());
  }

  /** The same, with a clock that timeouts and answers are measured by. */
  public static HttpReadSide create(Duration timeout, InstantSource clock) {
    return new HttpReadSide(
        HttpClient.newBuilder()
            .connectTimeout(timeout)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build(),
        timeout,
        clock);
  }

  @Override
  public Optional<Duration> clockAhead(URI uri) {
    return Optional.ofNullable(ahead.get(String.valueOf(uri.getAuthority())));
  }

  /** Notes an answer's {@code Date}, unless a cache has kept it for a while. */
  private void noteDate(HttpResponse<?> response) {
    String origin = String.valueOf(response.uri().getAuthority());
    if (ahead.size() >= ORIGINS_MAX && !ahead.containsKey(origin)) {
      return;
    }
    try {
      response
          .headers()
          .firstValue("Date")
          .filter(date -> response.headers().firstValue("Age").orElse("0").equals("0"))
          .map(date -> DateTimeFormatter.RFC_1123_DATE_TIME.parse(date, Instant::from))
          .ifPresent(date -> ahead.put(origin, Duration.between(clock.instant(), date)));
    } catch (DateTimeException e) {
      // What cannot be read explains nothing.
      ahead.remove(origin);
    }
  }

  @Override
  public byte[] get(URI uri, int bytesMax) throws IOException {
    HttpRequest request;
    try {
      request = HttpRequest.newBuilder(uri).GET().timeout(timeout).build();
    } catch (IllegalArgumentException e) {
      throw new IOException("not a URL to read over HTTP: " + uri, e);
    }
    HttpResponse<byte[]> response = send(http, request, bytesMax, timeout);
    noteDate(response);
    int status = response.statusCode();
    if (status == 404 || status == 410) {
      throw new FileNotFoundException("status " + status + " from " + uri);
    }
    if (status != 200) {
      throw new StatusException(status, uri);
    }
    return response.body();
  }

  /** An answer of another status than was hoped for. */
  @SuppressWarnings("serial")
  public static final class StatusException extends IOException {
    private final int status;

    /** An answer with this status, to a request for this address. */
    public StatusException(int status, URI uri) {
      super("status " + status + " from " + uri);
      this.status = status;
    }

    /** Whether the other side does its work, and means the question. */
    public boolean isAnswer() {
      return status < 500 && status != 408 && status != 429;
    }
  }

  @Override
  public CompletableFuture<byte[]> await(URI uri, int bytesMax, Duration hold) {
    Duration longest = hold.plus(timeout);
    HttpRequest request;
    try {
      request = HttpRequest.newBuilder(uri).GET().timeout(longest).build();
    } catch (IllegalArgumentException e) {
      return CompletableFuture.failedFuture(
          new IOException("not a URL to read over HTTP: " + uri, e));
    }
    CompletableFuture<HttpResponse<byte[]>> answer =
        http.sendAsync(request, info -> new BoundedBody(bytesMax));
    CompletableFuture<byte[]> body =
        answer
            .orTimeout(longest.toMillis(), TimeUnit.MILLISECONDS)
            .thenCompose(
                response -> {
                  noteDate(response);
                  int status = response.statusCode();
                  if (status == 200) {
                    return CompletableFuture.completedFuture(response.body());
                  }
                  String text = "status " + status + " from " + uri;
                  return CompletableFuture.failedFuture(
                      status == 404 || status == 410
                          ? new FileNotFoundException(text)
                          : new IOException(text));
                });
    // Also when the caller cancelled: the exchange ends with it.
    CompletableFuture<byte[]> unused =
        body.whenComplete(
            (bytes, failure) -> {
              if (failure != null) {
                answer.cancel(true);
              }
            });
    return body;
  }

  /**
   * Sends a request and takes a bounded answer within a time that covers its body too: a client's
   * own time limit ends with the headers.
   *
   * @throws IOException also when the thread is interrupted, which stays so
   */
  public static HttpResponse<byte[]> send(
      HttpClient http, HttpRequest request, int bytesMax, Duration timeout) throws IOException {
    CompletableFuture<HttpResponse<byte[]>> answer =
        http.sendAsync(request, info -> new BoundedBody(bytesMax));
    try {
      return answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof AnswerTooLongException tooLong) {
        throw tooLong;
      }
      throw new IOException("no answer from " + request.uri(), e.getCause());
    } catch (TimeoutException e) {
      answer.cancel(true);
      throw new IOException(
          "no answer within " + timeout.toMillis() + " ms from " + request.uri(), e);
    } catch (InterruptedException e) {
      answer.cancel(true);
      Thread.currentThread().interrupt();
      InterruptedIOException interrupted = new InterruptedIOException("interrupted while reading");
      interrupted.initCause(e);
      throw interrupted;
    }
  }

  /** Takes a body up to a length and cancels the exchange past it. */
  private static final class BoundedBody implements HttpResponse.BodySubscriber<byte[]> {
    private final int bytesMax;
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private final CompletableFuture<byte[]> result = new CompletableFuture<>();
    private Flow.@Nullable Subscription subscription;

    BoundedBody(int bytesMax) {
      this.bytesMax = bytesMax;
    }

    @Override
    public CompletionStage<byte[]> getBody() {
      return result;
    }

    @Override
    public void onSubscribe(Flow.Subscription newSubscription) {
      subscription = newSubscription;
      newSubscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
      for (ByteBuffer buffer : buffers) {
        if (body.size() + buffer.remaining() > bytesMax) {
          if (subscription != null) {
            subscription.cancel();
          }
          result.completeExceptionally(new AnswerTooLongException(bytesMax));
          return;
        }
        byte[] chunk = new byte[buffer.remaining()];
        buffer.get(chunk);
        body.writeBytes(chunk);
      }
    }

    @Override
    public void onError(Throwable failure) {
      result.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
      result.complete(body.toByteArray());
    }
  }
}
