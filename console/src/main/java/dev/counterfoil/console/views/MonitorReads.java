package dev.counterfoil.console.views;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Asks the monitor in a person's name. What it does not let them see, the console cannot show. */
public final class MonitorReads {
  /** Longest answer: an incident with its tokens. */
  private static final int ANSWER_BYTES_MAX = 8 << 20;

  /** What an incident touched may be computed for some seconds. */
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  private final URI monitor;
  private final HttpClient http;

  /** The monitor answered, and says no. */
  public static final class RefusedException extends IOException {
    private static final long serialVersionUID = 1L;

    private final int status;

    private RefusedException(int status, String detail) {
      super(detail);
      this.status = status;
    }

    /** The HTTP status. */
    public int status() {
      return status;
    }
  }

  public MonitorReads(URI monitor, HttpClient http) {
    this.monitor = monitor;
    this.http = http;
  }

  /**
   * Reads.
   *
   * @param path with its query
   */
  public JsonObject get(String accessToken, String path) throws IOException {
    return send(request(accessToken, path).GET().build());
  }

  /** Has something changed. */
  public JsonObject post(String accessToken, String path, JsonObject body) throws IOException {
    return send(
        request(accessToken, path)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
            .build());
  }

  private HttpRequest.Builder request(String accessToken, String path) {
    return HttpRequest.newBuilder(URI.create(monitor + path))
        .timeout(TIMEOUT)
        .header("Authorization", "Bearer " + accessToken);
  }

  private JsonObject send(HttpRequest request) throws IOException {
    try {
      HttpResponse<byte[]> answer =
          http.send(
              request,
              HttpResponse.BodyHandlers.limiting(
                  HttpResponse.BodyHandlers.ofByteArray(), ANSWER_BYTES_MAX));
      JsonObject json = StrictJson.object(answer.body(), ANSWER_BYTES_MAX);
      if (answer.statusCode() != 200) {
        throw new RefusedException(
            answer.statusCode(), json.get("detail") instanceof String detail ? detail : "");
      }
      return json;
    } catch (FormatException e) {
      throw new IOException("the monitor's answer is not understood: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** A text as a part of a path or a query. */
  public static String part(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
