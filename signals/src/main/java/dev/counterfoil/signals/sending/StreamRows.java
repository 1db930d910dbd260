package dev.counterfoil.signals.sending;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.signals.SecurityEvent;
import dev.counterfoil.signals.StreamSettings;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What rows say. */
final class StreamRows {
  private static final int JSON_MAX = 64 * 1024;

  private StreamRows() {}

  static SignalStream stream(ResultSet row) throws SQLException {
    try {
      JsonObject settings = json(row.getString("settings"));
      Optional<String> credential = Optional.ofNullable(row.getString("credential"));
      StreamSettings said = StreamSettings.parse(settings);
      return new SignalStream(
          row.getString("id"),
          row.getString("client_id"),
          row.getString("tenant"),
          SignalStream.Status.of(row.getString("status")).orElseThrow(),
          Optional.ofNullable(row.getString("reason")),
          new StreamSettings(
              said.push().map(push -> new StreamSettings.Push(push.endpoint(), credential)),
              said.requested(),
              said.description(),
              said.algorithm()),
          Instant.ofEpochMilli(row.getLong("verified_at")));
    } catch (FormatException e) {
      throw new SQLException("a stream's row is not as it was written", e);
    }
  }

  static JsonObject json(String text) throws FormatException {
    return StrictJson.object(text.getBytes(StandardCharsets.UTF_8), JSON_MAX);
  }

  /** Without the credential, which has a column of its own. */
  static JsonObject json(StreamSettings settings) {
    JsonObject.Builder delivery = JsonObject.builder();
    if (settings.push().isPresent()) {
      delivery
          .put("method", StreamSettings.PUSH)
          .put("endpoint_url", settings.push().get().endpoint().toString());
    } else {
      delivery.put("method", StreamSettings.POLL);
    }
    return JsonObject.builder()
        .put("delivery", delivery.build())
        .put("events_requested", settings.requested())
        .put("description", settings.description().orElse(null))
        .put(StreamSettings.ALGORITHM, settings.algorithm())
        .build();
  }

  static @Nullable String credential(StreamSettings settings) {
    return settings.push().flatMap(StreamSettings.Push::authorization).orElse(null);
  }

  static SecurityEvent event(ResultSet row, String tenant) throws SQLException {
    try {
      return new SecurityEvent(
          row.getString("event_id"),
          tenant,
          row.getString("type"),
          json(row.getString("subject")),
          json(row.getString("detail")),
          Instant.ofEpochMilli(row.getLong("at")));
    } catch (FormatException e) {
      throw new SQLException("an event's row is not as it was written", e);
    }
  }
}
