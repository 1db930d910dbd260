package dev.counterfoil.format.keylog;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.note.NoteKey;
import java.util.Optional;

/**
 * An audit log keeps the domain's events from now on. It keeps its origin and its key for life.
 *
 * @param key its key; the key's name is the log's origin
 * @param consent its {@link AuditLogConsent}, as it was signed
 * @param follows origin of the audit log whose successor it is; none for the first
 */
public record AuditLogStated(NoteKey key, String consent, Optional<String> follows)
    implements KeyLogEvent.Gives {
  static final String NAME = "audit-log-stated";

  @Override
  public JsonObject.Builder write(JsonObject.Builder json) {
    return json.put("event", NAME)
        .put("vkey", key.toString())
        .put("consent", consent)
        .put("follows", follows.orElse(null));
  }

  /** Reads one, whose members were looked at. */
  static AuditLogStated parse(JsonObject json) throws FormatException {
    return new AuditLogStated(
        NoteKey.parse(json.string("vkey")),
        json.string("consent"),
        json.has("follows")
            ? Optional.of(AuditLogEnded.origin(json, "follows"))
            : Optional.empty());
  }
}
