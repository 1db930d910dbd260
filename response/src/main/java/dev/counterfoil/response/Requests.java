package dev.counterfoil.response;

import dev.counterfoil.auditclient.BoundedBody;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.verifier.reporting.AccessTokenSource;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Asks authority and monitor as this process's client, within a time and a length. */
final class Requests {
  private static final int ANSWER_BYTES_MAX = 16 << 20;
  private static final int UNAUTHORIZED = 401;

  private final HttpClient http;
  private final AccessTokenSource tokens;

  /**
   * An answer.
   *
   * @param status of HTTP
   * @param json the body
   */
  record Answer(int status, JsonObject json) {
    boolean isDone() {
      return status / 100 == 2;
    }

    /** Why it was refused, for people. */
    String why() {
      for (String member : new String[] {"error_description", "detail", "error"}) {
        if (json.get(member) instanceof String text) {
          return status + " " + text;
        }
      }
      return "status " + status;
    }
  }

  Requests(HttpClient http, AccessTokenSource tokens) {
    this.http = http;
    this.tokens = tokens;
  }

  /**
   * Asks; with another token, where the first is not taken.
   *
   * @param body posted; null to get
   * @throws IOException when there is no answer that is JSON
   */
  Answer ask(URI uri, @Nullable JsonObject body, Duration within)
      throws IOException, InterruptedException {
    HttpResponse<byte[]> response = send(uri, body, within, false);
    if (response.statusCode() == UNAUTHORIZED) {
      response = send(uri, body, within, true);
    }
    try {
      return new Answer(
          response.statusCode(), StrictJson.object(response.body(), ANSWER_BYTES_MAX));
    } catch (FormatException e) {
      throw new IOException(
          uri.getPath() + " answered " + response.statusCode() + ", which is not JSON", e);
    }
  }

  private HttpResponse<byte[]> send(
      URI uri, @Nullable JsonObject body, Duration within, boolean isRejected)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri)
            .header("Authorization", "Bearer " + tokens.accessToken(isRejected));
    if (body != null) {
      request
          .header("Content-Type", "application/json")
          .POST(HttpRequest.BodyPublishers.ofString(body.toString()));
    }
    return BoundedBody.send(http, request.build(), ANSWER_BYTES_MAX, within);
  }
}
