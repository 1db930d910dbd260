package dev.counterfoil.http.outbound;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;

/**
 * Posts messages to a URL of the operator's, signed in the manner of Standard Webhooks 1.0: {@code
 * webhook-id} is the same in every attempt, {@code webhook-timestamp} is the attempt's.
 */
public final class SignedWebhook implements AutoCloseable {
  private final OutboundPost receiver;
  private final Secret secret;
  private final InstantSource clock;

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
    this.receiver = new OutboundPost(url, agent, answerWithin);
    this.secret = secret;
    this.clock = clock;
  }

  /** Where it goes, for people: of many receivers the path is a secret. */
  public String target() {
    return receiver.target();
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
    Map<String, String> headers =
        Map.of(
            "webhook-id",
            id,
            "webhook-timestamp",
            Long.toString(timestamp),
            "webhook-signature",
            WebhookSecrets.read(secret, target()).sign(id, timestamp, json));
    return receiver.post("the webhook", headers, json).status();
  }

  /** What is said of an answer that took nothing. */
  public static String answered(int status) {
    return "the webhook answered "
        + status
        + (status / 100 == 3 ? "; redirects are not followed" : "");
  }

  @Override
  public void close() {
    receiver.close();
  }
}
