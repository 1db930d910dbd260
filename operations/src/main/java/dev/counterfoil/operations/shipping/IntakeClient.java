package dev.counterfoil.operations.shipping;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.verifier.reporting.AccessTokenSource;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** Sends batches of events to a monitor, as a client of the trust domain. */
public final class IntakeClient {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final int ANSWER_BYTES_MAX = 4 << 20;

  private final HttpClient http;
  private final AccessTokenSource tokens;
  private final URI events;
  private final Duration quietMax;

  /**
   * A client.
   *
   * @param events where batches go
   */
  public IntakeClient(HttpClient http, AccessTokenSource tokens, URI events) {
    this(http, tokens, events, TIMEOUT);
  }

  /**
   * The same with another patience.
   *
   * @param quietMax how long nothing of an answer may come
   */
  IntakeClient(HttpClient http, AccessTokenSource tokens, URI events, Duration quietMax) {
    this.http = http;
    this.tokens = tokens;
    this.events = events;
    this.quietMax = quietMax;
  }

  /**
   * Sends a batch once.
   *
   * @return what became of it
   * @throws RefusedAnswerException when it is refused as a whole
   * @throws IOException when it may go well later
   */
  public JsonObject send(byte[] ndjson) throws IOException, InterruptedException {
    boolean rejected = false;
    while (true) {
      HttpResponse<InputStream> answer =
          http.send(
              HttpRequest.newBuilder(events)
                  .header("Authorization", "Bearer " + tokens.accessToken(rejected))
                  .header("Content-Type", "application/x-ndjson")
                  .timeout(TIMEOUT)
                  .POST(HttpRequest.BodyPublishers.ofByteArray(ndjson))
                  .build(),
              HttpResponse.BodyHandlers.ofInputStream());
      try (InputStream body = new PatientBody(answer.body(), quietMax)) {
        if (answer.statusCode() == 200) {
          return StrictJson.object(body.readNBytes(ANSWER_BYTES_MAX), ANSWER_BYTES_MAX);
        }
        if (answer.statusCode() == 401 && !rejected) {
          rejected = true;
          continue;
        }
        throw new RefusedAnswerException(answer.statusCode(), PatientBody.refusal(body));
      } catch (FormatException e) {
        throw new IOException("cannot understand its answer: " + e.getMessage(), e);
      }
    }
  }
}
