package dev.counterfoil.http.outbound;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;

/** Posts JSON to a URL of the operator's, and nowhere that an answer says. */
public final class OutboundPost implements AutoCloseable {
  private static final Duration CONNECT_WITHIN = Duration.ofSeconds(5);

  /** Longest part of an answer that is kept, in bytes; the rest is read and dropped. */
  public static final int ANSWER_BYTES_MAX = 64 * 1024;

  private final URI url;
  private final String agent;
  private final Duration answerWithin;
  private final HttpClient http;

  /**
   * What came back.
   *
   * @param body the first {@link #ANSWER_BYTES_MAX} bytes of it
   */
  public record Answer(int status, String body) {}

  /**
   * A receiver.
   *
   * @param agent the process, as the receiver sees it
   * @param answerWithin for a whole exchange
   */
  public OutboundPost(URI url, String agent, Duration answerWithin) {
    this.url = url;
    this.agent = agent;
    this.answerWithin = answerWithin;
    this.http =
        HttpClient.newBuilder()
            .connectTimeout(CONNECT_WITHIN)
            .followRedirects(HttpClient.Redirect.NEVER)
            .version(HttpClient.Version.HTTP_1_1)
            .build();
  }

  /** Where it goes, for people: of many receivers the path is a secret. */
  public String target() {
    return url.resolve("/").toString();
  }

  /**
   * Posts once.
   *
   * @param what the receiver is, for an error
   */
  public Answer post(String what, Map<String, String> headers, byte[] json)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(url)
            .header("Content-Type", "application/json")
            .header("User-Agent", agent)
            .POST(HttpRequest.BodyPublishers.ofByteArray(json));
    headers.forEach(request::header);
    // The client's own time would end with the head of the answer.
    return Deadline.within(answerWithin, what, () -> answer(request.build()));
  }

  private Answer answer(HttpRequest request) throws IOException, InterruptedException {
    try {
      HttpResponse<InputStream> response =
          http.send(request, HttpResponse.BodyHandlers.ofInputStream());
      try (InputStream body = response.body()) {
        String kept = new String(body.readNBytes(ANSWER_BYTES_MAX), StandardCharsets.UTF_8);
        body.transferTo(OutputStream.nullOutputStream());
        return new Answer(response.statusCode(), kept);
      }
    } catch (ConnectException e) {
      // The client says nothing in it of a closed port or an unknown name.
      throw new IOException(
          "cannot connect to "
              + target()
              + ": its name is not known, or nothing listens there that this host may reach",
          e);
    }
  }

  @Override
  public void close() {
    http.shutdownNow();
    http.close();
  }
}
