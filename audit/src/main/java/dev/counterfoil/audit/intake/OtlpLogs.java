package dev.counterfoil.audit.intake;

import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Log records of OpenTelemetry (OTLP 1.x, ExportLogsServiceRequest in JSON or protobuf) as audit
 * events. A record is taken whose body is an event as text, or whose attributes say what an event
 * must (docs/integrate/audit-events.md has the names). Any other is refused by name: nothing is
 * guessed.
 */
public final class OtlpLogs {
  private static final long NANOS_OF_MILLI = 1_000_000;
  private static final String OURS = "counterfoil.";

  private final ByteArrayOutputStream lines = new ByteArrayOutputStream();
  private final List<Integer> records = new ArrayList<>();
  private final List<IntakeAnswer.RefusedLine> unmapped = new ArrayList<>();
  private final int bytesMax;
  private int count;
  private boolean isTooLong;

  private OtlpLogs(int bytesMax) {
    this.bytesMax = bytesMax;
  }

  /**
   * Reads a request.
   *
   * @param bytesMax most bytes, also of its events together
   * @throws FormatException when it is none
   */
  public static OtlpLogs parse(byte[] json, int bytesMax) throws FormatException {
    return of(StrictJson.object(json, bytesMax), bytesMax);
  }

  /**
   * Reads a request in protobuf.
   *
   * @param bytesMax most bytes of its events together
   * @throws FormatException when it is none
   */
  public static OtlpLogs parseProtobuf(byte[] request, int bytesMax) throws FormatException {
    return of(OtlpProtobuf.request(request), bytesMax);
  }

  private static OtlpLogs of(JsonObject request, int bytesMax) throws FormatException {
    OtlpLogs logs = new OtlpLogs(bytesMax);
    for (JsonObject resource : objects(request, "resourceLogs")) {
      Map<String, Object> about = new HashMap<>();
      Optional<JsonObject> described = resource.optionalObject("resource");
      if (described.isPresent()) {
        attributes(described.get(), about);
      }
      for (JsonObject scope : objects(resource, "scopeLogs")) {
        for (JsonObject record : objects(scope, "logRecords")) {
          logs.record(record, about);
        }
      }
    }
    return logs;
  }

  private static List<JsonObject> objects(JsonObject from, String name) throws FormatException {
    return from.has(name) ? from.objects(name) : List.of();
  }

  private void record(JsonObject record, Map<String, Object> resource) throws FormatException {
    if (++count > OtlpProtobuf.RECORDS_MAX) {
      throw new FormatException("more than " + OtlpProtobuf.RECORDS_MAX + " log records");
    }
    try {
      Object body = record.has("body") ? value(record.object("body")) : null;
      byte[] line =
          body instanceof String text && text.startsWith("{")
              ? StrictJson.object(text.getBytes(StandardCharsets.UTF_8), text.length() * 4)
                  .canonicalBytes()
              : event(record, body, resource).canonicalBytes();
      if (line.length > AuditEvent.REPORTED_BYTES_MAX) {
        throw new FormatException(
            "the event is longer than " + AuditEvent.REPORTED_BYTES_MAX + " bytes");
      }
      add(line);
    } catch (FormatException | IllegalStateException e) {
      unmapped.add(new IntakeAnswer.RefusedLine(count, "unmapped", String.valueOf(e.getMessage())));
    }
    if (isTooLong) {
      throw new FormatException("the events are longer than " + bytesMax + " bytes together");
    }
  }

  /** A resource's attributes stand in each of its records' events: what they become is bounded. */
  private void add(byte[] line) {
    if (lines.size() + line.length + 1 > bytesMax) {
      isTooLong = true;
      return;
    }
    lines.writeBytes(line);
    lines.write('\n');
    records.add(count);
  }

  /** An event from what OpenTelemetry's semantic conventions have names for, and ours. */
  private static JsonObject event(
      JsonObject record, @Nullable Object body, Map<String, Object> resource)
      throws FormatException {
    Map<String, Object> all = new HashMap<>(resource);
    attributes(record, all);
    long classUid = number(all, "class_uid");
    long activity = number(all, "activity_id");
    JsonObject.Builder event =
        JsonObject.builder()
            .put("class_uid", classUid)
            .put("category_uid", classUid % 100_000 / 1000)
            .put("activity_id", activity)
            .put("type_uid", classUid * 100 + activity)
            .put("severity_id", severity(record))
            .put("time", nanos(record) / NANOS_OF_MILLI)
            .put("metadata", metadata(all))
            .put("message", body instanceof String text ? text : null);
    object(event, "src_endpoint", "ip", text(all, "client.address"));
    object(event, "session", "uid", text(all, "session.id"));
    object(event, "databucket", "name", text(all, OURS + "entity"));
    object(event, "recorded_token", "uid", text(all, OURS + "token"));
    Optional<String> user = text(all, "user.id");
    Optional<String> client = text(all, OURS + "client");
    if (user.isPresent() || client.isPresent()) {
      JsonObject.Builder actor = JsonObject.builder();
      object(actor, "user", "uid", user);
      event.put("actor", actor.put("app_uid", client.orElse(null)).build());
    }
    return event.build();
  }

  private static JsonObject metadata(Map<String, Object> all) throws FormatException {
    String service =
        text(all, "service.name").orElseThrow(() -> missing("the resource's service.name"));
    return JsonObject.builder()
        .put("version", "1.8.0")
        .put("product", JsonObject.builder().put("name", service).build())
        .put("profiles", List.of("counterfoil"))
        .put(
            "tenant_uid",
            text(all, OURS + "tenant").orElseThrow(() -> missing("attribute counterfoil.tenant")))
        .put("log_name", text(all, "service.instance.id").orElse(null))
        .put("sequence", number(all, "sequence"))
        .build();
  }

  private static void object(
      JsonObject.Builder into, String name, String member, Optional<String> text) {
    text.ifPresent(value -> into.put(name, JsonObject.builder().put(member, value).build()));
  }

  private static Optional<String> text(Map<String, Object> all, String name) {
    return all.get(name) instanceof String text ? Optional.of(text) : Optional.empty();
  }

  private static long number(Map<String, Object> all, String name) throws FormatException {
    long max = name.equals("sequence") ? Long.MAX_VALUE : Integer.MAX_VALUE;
    if (all.get(OURS + name) instanceof Long number && number >= 0 && number <= max) {
      return number;
    }
    throw missing("attribute counterfoil." + name);
  }

  private static FormatException missing(String what) {
    return new FormatException(what + " is missing, and the body is no event as text");
  }

  /** OCSF's severity from SeverityNumber: TRACE to INFO are informational. */
  private static long severity(JsonObject record) throws FormatException {
    long number = record.has("severityNumber") ? record.number("severityNumber") : 0;
    if (number == 0) {
      return 0;
    }
    return number <= 12 ? 1 : number <= 16 ? 3 : number <= 20 ? 4 : 6;
  }

  private static long nanos(JsonObject record) throws FormatException {
    for (String name : List.of("timeUnixNano", "observedTimeUnixNano")) {
      Object value = record.get(name);
      try {
        long nanos = value instanceof String text ? Long.parseLong(text) : 0;
        if (nanos > 0) {
          return nanos;
        }
      } catch (NumberFormatException e) {
        throw new FormatException(name + " is no decimal number", e);
      }
    }
    throw new FormatException("timeUnixNano is missing");
  }

  private static void attributes(JsonObject from, Map<String, Object> into) throws FormatException {
    List<JsonObject> list = objects(from, "attributes");
    if (list.size() > OtlpProtobuf.ATTRIBUTES_MAX) {
      throw new FormatException("more than " + OtlpProtobuf.ATTRIBUTES_MAX + " attributes");
    }
    for (JsonObject one : list) {
      Object value = one.has("value") ? value(one.object("value")) : null;
      if (value != null) {
        into.put(one.string("key"), value);
      }
    }
  }

  /** An AnyValue, when it is one of those that are used here. */
  private static @Nullable Object value(JsonObject any) throws FormatException {
    if (any.has("stringValue")) {
      String text = any.string("stringValue");
      if (text.length() > AuditEvent.REPORTED_BYTES_MAX) {
        throw new FormatException("a text is longer than an event may be");
      }
      return text;
    }
    Object number = any.get("intValue");
    if (number instanceof Long) {
      return number;
    }
    if (number instanceof String text) {
      try {
        return Long.parseLong(text);
      } catch (NumberFormatException e) {
        throw new FormatException("an intValue is no decimal number", e);
      }
    }
    return null;
  }

  /** The events that there are, as NDJSON; may be empty. */
  public byte[] ndjson() {
    return lines.toByteArray();
  }

  /** Number of events that there are. */
  public int events() {
    return records.size();
  }

  /**
   * OTLP's answer in JSON: how many records were not taken, and why.
   *
   * @param refused what intake said of the events; its lines are those of {@link #ndjson}
   */
  public JsonObject answer(List<IntakeAnswer.RefusedLine> refused) {
    List<IntakeAnswer.RefusedLine> all = notTaken(refused);
    if (all.isEmpty()) {
      return JsonObject.builder().build();
    }
    return JsonObject.builder()
        .put(
            "partialSuccess",
            JsonObject.builder()
                .put("rejectedLogRecords", Integer.toString(all.size()))
                .put("errorMessage", why(all))
                .build())
        .build();
  }

  /** The same in protobuf. */
  public byte[] protobufAnswer(List<IntakeAnswer.RefusedLine> refused) {
    List<IntakeAnswer.RefusedLine> all = notTaken(refused);
    return OtlpProtobuf.response(all.size(), why(all));
  }

  private List<IntakeAnswer.RefusedLine> notTaken(List<IntakeAnswer.RefusedLine> refused) {
    List<IntakeAnswer.RefusedLine> all = new ArrayList<>(unmapped);
    for (IntakeAnswer.RefusedLine one : refused) {
      all.add(new IntakeAnswer.RefusedLine(records.get(one.line() - 1), one.code(), one.detail()));
    }
    return all;
  }

  private static String why(List<IntakeAnswer.RefusedLine> all) {
    StringBuilder why = new StringBuilder();
    for (IntakeAnswer.RefusedLine one : all.subList(0, Math.min(all.size(), 10))) {
      why.append(why.isEmpty() ? "" : "; ")
          .append("record ")
          .append(one.line())
          .append(": ")
          .append(one.code())
          .append(": ")
          .append(one.detail());
    }
    return why.toString();
  }
}
