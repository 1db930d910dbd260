package dev.counterfoil.audit.names;

import dev.counterfoil.audit.event.StoreRow;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Events as a mail service reports them. */
public final class SampleEvents {
  public static final long TIME = 1_795_737_600_000L;

  private SampleEvents() {}

  public static JsonObject read(String tenant, long sequence, String mailbox, String token) {
    return JsonObject.builder()
        .put("activity_id", 1)
        .put("category_uid", 6)
        .put("class_uid", 6005)
        .put("type_uid", 600501)
        .put("severity_id", 1)
        .put("time", TIME + sequence)
        .put("message", "message of " + mailbox + " number " + sequence)
        .put(
            "metadata",
            JsonObject.builder()
                .put("version", "1.8.0")
                .put("product", JsonObject.builder().put("name", "Example mail").build())
                .put("tenant_uid", tenant)
                .put("sequence", sequence)
                .build())
        .put("actor", JsonObject.builder().put("app_uid", "mail-app").build())
        .put("src_endpoint", JsonObject.builder().put("ip", "203.0.113.7").build())
        .put("databucket", JsonObject.builder().put("name", mailbox).put("type_id", 99).build())
        .put("recorded_token", JsonObject.builder().put("uid", token).build())
        .build();
  }

  public static byte[] lines(List<JsonObject> events) {
    StringBuilder text = new StringBuilder();
    events.forEach(event -> text.append(event).append('\n'));
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  public static byte[] lines(JsonObject... events) {
    return lines(List.of(events));
  }

  /** An event that was received, as its row is read. */
  public static StoreRow row(Names names, AuditEvent event) throws IOException {
    names.learn(EventPeople.namedIn(event));
    return StoreRow.of(event.sequence(), event, EventPeople.of(names, event));
  }
}
