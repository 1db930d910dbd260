package dev.counterfoil.monitor.notifying;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.http.outbound.SignedWebhook;
import dev.counterfoil.monitor.settings.NotificationChannel.Webhook;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;

/** Posts each notification to a {@link SignedWebhook}. */
final class WebhookChannel implements Channel {
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(15);
  private static final int BATCH_MAX = 100;

  /** Of the receiver or its address, and not of what was sent; all others of 4xx are. */
  private static final Set<Integer> NO_REFUSALS = Set.of(401, 403, 404, 407, 408, 425, 429);

  private final SignedWebhook webhook;
  private final boolean tellsEvidence;

  WebhookChannel(Webhook webhook, InstantSource clock) {
    this(webhook, clock, ANSWER_WITHIN);
  }

  WebhookChannel(Webhook webhook, InstantSource clock, Duration answerWithin) {
    this.webhook =
        new SignedWebhook(
            webhook.url(), webhook.secret()::read, "counterfoil-monitor", clock, answerWithin);
    this.tellsEvidence = webhook.evidence();
  }

  @Override
  public String target() {
    return webhook.target();
  }

  @Override
  public int batchMax() {
    return BATCH_MAX;
  }

  @Override
  public void send(List<Notification> batch) throws IOException, InterruptedException {
    for (int i = 0; i < batch.size(); i++) {
      int status = post(batch.get(i));
      if (isRefusal(status)) {
        throw new NotificationRefusedException(i, SignedWebhook.answered(status));
      }
      check(status);
    }
  }

  /** Whether an answer is of what was sent, and not of the receiver or its address. */
  static boolean isRefusal(int status) {
    return status / 100 == 4 && !NO_REFUSALS.contains(status);
  }

  @Override
  public void probe(Notification heartbeat) throws IOException, InterruptedException {
    check(post(heartbeat));
  }

  private int post(Notification one) throws IOException, InterruptedException {
    return webhook.post(one.id(), body(one).toString().getBytes(StandardCharsets.UTF_8));
  }

  private static void check(int status) throws IOException {
    if (status / 100 != 2) {
      throw new IOException(SignedWebhook.answered(status));
    }
  }

  private JsonObject body(Notification one) {
    return JsonObject.builder()
        .put("type", one.type())
        .put("timestamp", one.at().toString())
        .put("data", tellsEvidence ? one.data() : one.data().without("detail"))
        .build();
  }

  @Override
  public void close() {
    webhook.close();
  }
}
