package dev.counterfoil.signals.sending;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.signals.StreamSettings;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/**
 * A receiver's stream.
 *
 * @param id its id
 * @param clientId whose it is
 * @param tenant whose events it gets, beside those of all tenants
 * @param reason why it has its status, as the receiver or this process said
 * @param settings what the receiver said
 * @param verifiedAt when the receiver last asked for a verification
 */
public record SignalStream(
    String id,
    String clientId,
    String tenant,
    Status status,
    Optional<String> reason,
    StreamSettings settings,
    Instant verifiedAt) {
  /** SSF 1.0 8.1.2: events of a paused stream wait, those of a disabled one are not kept. */
  public enum Status {
    ENABLED,
    PAUSED,
    DISABLED;

    /** As it stands in JSON. */
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** The one of a text; empty where it is none. */
    public static Optional<Status> of(String text) {
      for (Status one : values()) {
        if (one.text().equals(text)) {
          return Optional.of(one);
        }
      }
      return Optional.empty();
    }
  }

  /** Whom its tokens are for: an audience of its own, which no access or ID token has. */
  public String audience(String issuer) {
    return issuer + "/ssf/streams/" + id;
  }

  /** Its status as the receiver reads it. */
  public JsonObject statusJson() {
    return JsonObject.builder()
        .put("stream_id", id)
        .put("status", status.text())
        .put("reason", reason.orElse(null))
        .build();
  }
}
