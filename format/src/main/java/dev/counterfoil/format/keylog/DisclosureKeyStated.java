package dev.counterfoil.format.keylog;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.note.NoteKey;
import java.time.Duration;
import java.time.Instant;

/**
 * The domain's disclosure process signs its notices and statements with this key, from the entry's
 * time until a date (spec/keylog.md). It is stated long before a notice needs it.
 *
 * @param key signs notices and statements; Ed25519
 * @param log signs the checkpoints of the disclosure log; its name is the log's origin, and an
 *     origin keeps its key for life
 * @param notAfter until when the key may sign; at most {@link #LIFE_MAX} after the entry
 */
public record DisclosureKeyStated(PublicJwk key, NoteKey log, Instant notAfter)
    implements KeyLogEvent.Gives {
  /** Longest time for which a key is stated. */
  public static final Duration LIFE_MAX = Duration.ofDays(400);

  static final String NAME = "disclosure-key-stated";

  @Override
  public JsonObject.Builder write(JsonObject.Builder json) {
    return json.put("event", NAME)
        .put("jwk", key.toJson())
        .put("vkey", log.toString())
        .put("not_after", notAfter.getEpochSecond());
  }

  /** Reads one, whose members were looked at. */
  static DisclosureKeyStated parse(JsonObject json) throws FormatException {
    return new DisclosureKeyStated(
        PublicJwk.parse(json.object("jwk")),
        NoteKey.parse(json.string("vkey")),
        KeyStatement.instant(json, "not_after"));
  }
}
