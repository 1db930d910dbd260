package dev.counterfoil.drills.mail;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;

/** A client of the small HTTP mail service. */
public final class HttpMailClient implements AutoCloseable {
  /** What came of a request. */
  public sealed interface Result {
    /**
     * Mail.
     *
     * @param messageIds of every message
     */
    record Read(List<String> messageIds) implements Result {}

    /**
     * A refusal.
     *
     * @param code the service's
     */
    record Refused(String code) implements Result {}
  }

  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private final HttpClient http = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();

  /** Reads a mailbox with a bearer token. */
  public Result read(URI mailbox, String token) throws IOException, InterruptedException {
    return result(request(mailbox).header("Authorization", "Bearer " + token));
  }

  /** Reads a mailbox with a token that is bound to a key, and a proof. */
  public Result read(URI mailbox, String token, String proof)
      throws IOException, InterruptedException {
    return result(request(mailbox).header("Authorization", "DPoP " + token).header("DPoP", proof));
  }

  @Override
  public void close() {
    http.close();
  }

  private static HttpRequest.Builder request(URI mailbox) {
    return HttpRequest.newBuilder(mailbox).timeout(TIMEOUT).GET();
  }

  private Result result(HttpRequest.Builder request) throws IOException, InterruptedException {
    HttpResponse<String> answer = http.send(request.build(), BodyHandlers.ofString());
    return switch (answer.statusCode()) {
      case 200 -> new Result.Read(answer.body().lines().toList());
      case 401 -> new Result.Refused(answer.body());
      default -> throw new IOException("the mail service answered " + answer.statusCode());
    };
  }
}
