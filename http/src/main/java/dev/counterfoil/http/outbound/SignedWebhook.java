package dev.counterfoil.http.outbound;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.InstantSource;

/**
 * Posts messages to a URL of the operator's, signed in the manner of Standard Webhooks 1.0: {@code
 * webhook-id} is the same in every attempt, {@code webhook-timestamp} is the attempt's.
 */
public final class SignedWebhook implements AutoCloseable {
  private static final Duration CONNECT_WITHIN = Duration.ofSeconds(5);

  private final URI url;
  private final Secret secret;
  private final String agent;
  private final InstantSource clock;
  private final Duration answerWithin;
  private final HttpClient http;

  /** The file of the secrets, read for each message. */
  @FunctionalInterface
  public interface Secret {
    byte[] read() throws IOException;
  }

  /**
   * A webhook.
   *
   * @param agent the process, as the receiver sees it
   * @param answerWithin for a whole exchange
   */
  public SignedWebhook(
      URI url, Secret secret, String agent, InstantSource clock, Duration answerWithin) {
    this.url = url;
    this.secret = secret;
    this.agent = agent;
    this.clock = clock;
    this.answerWithin = answerWithin;
    // It goes where the operator said, and nowhere that an answer says.
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
   * @param id of the message, however often it is sent
   * @param json the body
   * @return the status of the answer
   */
  public int post(String id, byte[] json) throws IOException, InterruptedException {
    long timestamp = clock.instant().getEpochSecond();
    HttpRequest request =
        HttpRequest.newBuilder(url)
            .header("Content-Type", "application/json")
            .header("User-Agent", agent)
            .header("webhook-id", id)
            .header("webhook-timestamp", Long.toString(timestamp))
            .header(
                "webhook-signature",
                WebhookSecrets.read(secret, target()).sign(id, timestamp, json))
            .POST(HttpRequest.BodyPublishers.ofByteArray(json))
            .build();
    // The client's own time would end with the head of the answer.
    return Deadline.within(answerWithin, "the webhook", () -> status(request));
  }

  private int status(HttpRequest request) throws IOException, InterruptedException {
    try {
      return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    } catch (ConnectException e) {
      // The client says nothing in it of a closed port or an unknown name.
      throw new IOException(
          "cannot connect to "
              + target()
              + ": its name is not known, or nothing listens there that this host may reach",
          e);
    }
  }

  /** What is said of an answer that took nothing. */
  public static String answered(int status) {
    return "the webhook answered "
        + status
        + (status / 100 == 3 ? "; redirects are not followed" : "");
  }

  @Override
  public void close() {
    http.shutdownNow();
    http.close();
  }
}
