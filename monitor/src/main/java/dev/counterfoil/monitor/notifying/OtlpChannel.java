package dev.counterfoil.monitor.notifying;

import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.http.outbound.OutboundPost;
import dev.counterfoil.monitor.settings.NotificationChannel.Otlp;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Posts notifications as log records of OpenTelemetry (OTLP 1.x over HTTP, {@code
 * ExportLogsServiceRequest} in JSON). A receiver may take a part of a request and say of how many
 * records it did not; those are sent again one by one.
 */
final class OtlpChannel implements Channel {
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(15);
  private static final int BATCH_MAX = 100;
  private static final String RECEIVER = "the OpenTelemetry receiver";

  private final OutboundPost receiver;
  private final Optional<SecretFile> authorization;
  private final InstantSource clock;

  OtlpChannel(Otlp otlp, InstantSource clock) {
    this.receiver = new OutboundPost(otlp.url(), "counterfoil-monitor", ANSWER_WITHIN);
    this.authorization = otlp.authorization();
    this.clock = clock;
  }

  @Override
  public String target() {
    return receiver.target();
  }

  @Override
  public int batchMax() {
    return BATCH_MAX;
  }

  @Override
  public void send(List<Notification> batch) throws IOException, InterruptedException {
    if (post(batch).isEmpty()) {
      return;
    }
    for (int i = 0; i < batch.size(); i++) {
      Optional<String> refusal = post(List.of(batch.get(i)));
      if (refusal.isPresent()) {
        throw new NotificationRefusedException(i, refusal.get());
      }
    }
  }

  @Override
  public void probe(Notification heartbeat) throws IOException, InterruptedException {
    Optional<String> refusal = post(List.of(heartbeat));
    if (refusal.isPresent()) {
      throw new IOException(refusal.get());
    }
  }

  /**
   * Posts them in one request.
   *
   * @return why some of them were refused; empty where all were taken
   */
  private Optional<String> post(List<Notification> batch) throws IOException, InterruptedException {
    OutboundPost.Answer answer =
        receiver.post(
            RECEIVER, headers(), request(batch).toString().getBytes(StandardCharsets.UTF_8));
    if (WebhookChannel.isRefusal(answer.status())) {
      return Optional.of(answered(answer.status()));
    }
    if (answer.status() / 100 != 2) {
      throw new IOException(answered(answer.status()));
    }
    return partlyRefused(answer.body());
  }

  private static String answered(int status) {
    return RECEIVER
        + " answered "
        + status
        + (status / 100 == 3 ? "; redirects are not followed" : "");
  }

  /** Of {@code ExportLogsServiceResponse}; its numbers of 64 bits are texts in JSON, or numbers. */
  private static Optional<String> partlyRefused(String body) throws IOException {
    if (body.isEmpty()) {
      return Optional.empty();
    }
    try {
      Optional<JsonObject> partly =
          StrictJson.object(body.getBytes(StandardCharsets.UTF_8), OutboundPost.ANSWER_BYTES_MAX)
              .optionalObject("partialSuccess");
      String rejected =
          partly.map(some -> some.get("rejectedLogRecords")).map(Object::toString).orElse("0");
      return rejected.equals("0")
          ? Optional.empty()
          : Optional.of(RECEIVER + " rejected log records");
    } catch (FormatException e) {
      throw new IOException(RECEIVER + " answered what is no OTLP in JSON", e);
    }
  }

  private Map<String, String> headers() throws IOException {
    if (authorization.isEmpty()) {
      return Map.of();
    }
    byte[] secret = authorization.get().read();
    try {
      String value = new String(secret, StandardCharsets.US_ASCII).strip();
      if (!value.matches("[\\x21-\\x7e]([\\x20-\\x7e]*[\\x21-\\x7e])?")) {
        throw new IOException(
            "the authorization file of "
                + target()
                + " needs one line: the value of the header, such as Bearer and a token");
      }
      return Map.of("Authorization", value);
    } finally {
      Arrays.fill(secret, (byte) 0);
    }
  }

  private JsonObject request(List<Notification> batch) {
    List<JsonObject> records = new ArrayList<>();
    Instant observed = clock.instant();
    for (Notification one : batch) {
      records.add(logRecord(one, observed));
    }
    return JsonObject.builder()
        .put(
            "resourceLogs",
            List.of(
                JsonObject.builder()
                    .put(
                        "resource",
                        JsonObject.builder()
                            .put(
                                "attributes",
                                List.of(attribute("service.name", "counterfoil-monitor")))
                            .build())
                    .put(
                        "scopeLogs",
                        List.of(
                            JsonObject.builder()
                                .put(
                                    "scope",
                                    JsonObject.builder()
                                        .put("name", "counterfoil.findings")
                                        .build())
                                .put("logRecords", records)
                                .build()))
                    .build()))
        .build();
  }

  private static JsonObject logRecord(Notification one, Instant observed) {
    List<JsonObject> attributes = new ArrayList<>();
    attributes.add(attribute("counterfoil.notification.id", one.id()));
    for (String member : List.of("kind", "domain", "state", "kid", "jti")) {
      if (!one.text(member).isEmpty()) {
        attributes.add(attribute("counterfoil.finding." + member, one.text(member)));
      }
    }
    if (one.data().get("id") instanceof Long number) {
      attributes.add(attribute("counterfoil.finding.id", number.toString()));
    }
    Severity severity = severity(one);
    return JsonObject.builder()
        .put("timeUnixNano", nanos(one.at()))
        .put("observedTimeUnixNano", nanos(observed))
        .put("severityNumber", severity.number())
        .put("severityText", severity.text())
        .put("eventName", one.type())
        .put("body", text(one.text("summary")))
        .put("attributes", attributes)
        .build();
  }

  /** OpenTelemetry's logs data model, "Severity Fields". */
  private record Severity(int number, String text) {}

  private static Severity severity(Notification one) {
    if (one.isResolved() || one.severity().isEmpty()) {
      return new Severity(9, "INFO");
    }
    return switch (one.severity().get()) {
      case CRITICAL -> new Severity(21, "FATAL");
      case HIGH -> new Severity(17, "ERROR");
      case MEDIUM -> new Severity(13, "WARN");
      case LOW -> new Severity(10, "INFO2");
    };
  }

  private static JsonObject attribute(String key, String value) {
    return JsonObject.builder().put("key", key).put("value", text(value)).build();
  }

  private static JsonObject text(String value) {
    return JsonObject.builder().put("stringValue", value).build();
  }

  private static String nanos(Instant at) {
    return Long.toString(at.toEpochMilli() * 1_000_000);
  }

  @Override
  public void close() {
    receiver.close();
  }
}
