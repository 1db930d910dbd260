package dev.counterfoil.format.keylog;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.note.NoteKey;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * What the holder of an audit log's key hands to an operator, so that a registrar states the key: a
 * file of one JSON object. Nothing in it is secret, and nobody can change it.
 *
 * @param key the audit log's
 * @param keyLog origin of the key log that is to state it
 * @param consent the audit log's signed word for that key log
 */
public record AuditLogRequest(NoteKey key, String keyLog, String consent) {
  /** Longest file, in bytes. */
  public static final int BYTES_MAX = 8192;

  /** The file's name, for a trust domain. */
  public static String fileName(String domain) {
    return "audit-log-request-" + domain + ".json";
  }

  /** The content of the file. */
  public byte[] bytes() {
    return (JsonObject.builder()
                .put("v", 1)
                .put("vkey", key.toString())
                .put("key_log", keyLog)
                .put("consent", consent)
                .build()
            + "\n")
        .getBytes(StandardCharsets.UTF_8);
  }

  /** Reads the content of the file, and checks the consent. */
  public static AuditLogRequest parse(byte[] file) throws FormatException {
    JsonObject json = StrictJson.object(file, BYTES_MAX);
    json.allowOnly("v", "vkey", "key_log", "consent");
    KeyStatement.requireVersion(json);
    AuditLogRequest request =
        new AuditLogRequest(
            NoteKey.parse(json.string("vkey")), json.string("key_log"), json.string("consent"));
    AuditLogConsent unused = AuditLogConsent.verify(request.consent, request.key, request.keyLog);
    return request;
  }

  /** What is to be stated. */
  public AuditLogStated statement(Optional<String> follows) {
    return new AuditLogStated(key, consent, follows);
  }
}
