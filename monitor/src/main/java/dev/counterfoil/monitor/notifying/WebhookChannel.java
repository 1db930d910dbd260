package dev.counterfoil.monitor.notifying;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.http.outbound.Deadline;
import dev.counterfoil.monitor.settings.NotificationChannel.Webhook;
import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;

/**
 * Posts each notification to a URL, signed in the manner of Standard Webhooks 1.0: {@code
 * webhook-id} is the same in every attempt, {@code webhook-timestamp} is the attempt's.
 */
final class WebhookChannel implements Channel {
  private static final Duration CONNECT_WITHIN = Duration.ofSeconds(5);
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(15);
  private static final int BATCH_MAX = 100;

  /** Of the receiver or its address, and not of what was sent; all others of 4xx are. */
  private static final Set<Integer> NO_REFUSALS = Set.of(401, 403, 404, 407, 408, 425, 429);

  private final Webhook webhook;
  private final InstantSource clock;
  private final Duration answerWithin;
  private final HttpClient http;

  WebhookChannel(Webhook webhook, InstantSource clock) {
    this(webhook, clock, ANSWER_WITHIN);
  }

  WebhookChannel(Webhook webhook, InstantSource clock, Duration answerWithin) {
    this.webhook = webhook;
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

  @Override
  public String target() {
    // Of many receivers the path is a secret.
    return webhook.url().resolve("/").toString();
  }

  @Override
  public int batchMax() {
    return BATCH_MAX;
  }

  @Override
  public void send(List<Notification> batch) throws IOException, InterruptedException {
    for (int i = 0; i < batch.size(); i++) {
      int status = post(batch.get(i));
      if (status / 100 == 4 && !NO_REFUSALS.contains(status)) {
        throw new NotificationRefusedException(i, answered(status));
      }
      check(status);
    }
  }

  @Override
  public void probe(Notification heartbeat) throws IOException, InterruptedException {
    check(post(heartbeat));
  }

  private int post(Notification one) throws IOException, InterruptedException {
    byte[] body = body(one).toString().getBytes(StandardCharsets.UTF_8);
    long timestamp = clock.instant().getEpochSecond();
    HttpRequest request =
        HttpRequest.newBuilder(webhook.url())
            .header("Content-Type", "application/json")
            .header("User-Agent", "counterfoil-monitor")
            .header("webhook-id", one.id())
            .header("webhook-timestamp", Long.toString(timestamp))
            .header(
                "webhook-signature",
                WebhookSecrets.read(webhook.secret()).sign(one.id(), timestamp, body))
            .POST(HttpRequest.BodyPublishers.ofByteArray(body))
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

  private static void check(int status) throws IOException {
    if (status / 100 != 2) {
      throw new IOException(answered(status));
    }
  }

  private static String answered(int status) {
    return "the webhook answered "
        + status
        + (status / 100 == 3 ? "; redirects are not followed" : "");
  }

  private JsonObject body(Notification one) {
    return JsonObject.builder()
        .put("type", one.type())
        .put("timestamp", one.at().toString())
        .put("data", webhook.evidence() ? one.data() : one.data().without("detail"))
        .build();
  }

  @Override
  public void close() {
    http.shutdownNow();
    http.close();
  }
}
