package dev.counterfoil.keycloak;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Requests whose answer has a limit in bytes, and in time to its last byte. The verifier has the
 * same as {@code HttpReadSide.send}; the jar stays free of libraries ({@link SourceTokens}).
 */
final class BoundedHttp {
  static final int ANSWER_BYTES_MAX = 64 * 1024;

  private BoundedHttp() {}

  /**
   * Sends a request.
   *
   * @param nanos time for the whole answer
   * @throws DoorException when there is none in time
   * @throws IOException when the connection fails
   */
  static HttpResponse<byte[]> send(HttpClient http, HttpRequest request, long nanos)
      throws IOException, InterruptedException {
    CompletableFuture<HttpResponse<byte[]>> answer =
        http.sendAsync(request, head -> new LimitedBody());
    try {
      return answer.get(Math.max(1, nanos), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw DoorException.away(request.uri() + " gave no answer in time");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException cause) {
        // As the JDK's own send does: the message of the cause, with this thread's trace.
        throw new IOException(cause.toString(), cause);
      }
      throw new IllegalStateException(e.getCause());
    } finally {
      answer.cancel(true);
    }
  }

  /** A body of at most so many bytes. */
  private static final class LimitedBody implements HttpResponse.BodySubscriber<byte[]> {
    private final CompletableFuture<byte[]> whole = new CompletableFuture<>();
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private Flow.@Nullable Subscription subscription;

    @Override
    public CompletionStage<byte[]> getBody() {
      return whole;
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
      subscription = given;
      given.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
      for (ByteBuffer buffer : buffers) {
        if (bytes.size() + buffer.remaining() > ANSWER_BYTES_MAX) {
          if (subscription != null) {
            subscription.cancel();
          }
          whole.completeExceptionally(
              new IOException("the answer has more than " + ANSWER_BYTES_MAX + " bytes"));
          return;
        }
        byte[] part = new byte[buffer.remaining()];
        buffer.get(part);
        bytes.writeBytes(part);
      }
    }

    @Override
    public void onError(Throwable problem) {
      whole.completeExceptionally(problem);
    }

    @Override
    public void onComplete() {
      whole.complete(bytes.toByteArray());
    }
  }
}
