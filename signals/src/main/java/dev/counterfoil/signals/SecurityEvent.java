package dev.counterfoil.signals;

import dev.counterfoil.format.bytes.JsonObject;
import java.time.Instant;

/**
 * Something that happened.
 *
 * @param id stays the same however often it is told: {@code txn} of its tokens
 * @param tenant whose streams hear of it; empty for those of all tenants
 * @param type its URI, of {@link EventTypes}
 * @param subject whom or what it is about (RFC 9493)
 * @param detail what the type says about it, {@code event_timestamp} aside
 * @param at when it happened
 */
public record SecurityEvent(
    String id, String tenant, String type, JsonObject subject, JsonObject detail, Instant at) {
  private static final String TIMESTAMP = "event_timestamp";

  /** What stands below its type in a token. */
  public JsonObject body() {
    // CAEP 1.0 2: seconds of the epoch.
    return EventTypes.isOfStreams(type) ? detail : detail.with(TIMESTAMP, at.getEpochSecond());
  }

  /** What its token says beside what the signer composes. */
  public JsonObject claims() {
    return JsonObject.builder()
        .put("sub_id", subject)
        .put("txn", id)
        .put("events", JsonObject.builder().put(type, body()).build())
        .build();
  }
}
