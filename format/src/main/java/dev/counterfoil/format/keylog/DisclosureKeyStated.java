package dev.counterfoil.format.keylog;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.format.root.Delegation;
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
    return members(json.put("event", NAME));
  }

  private JsonObject.Builder members(JsonObject.Builder json) {
    return json.put("jwk", key.toJson())
        .put("vkey", log.toString())
        .put("not_after", notAfter.getEpochSecond());
  }

  /** As the disclosure process asks the registrar for it. */
  public JsonObject toJson() {
    return members(JsonObject.builder()).build();
  }

  /**
   * Verifies an entry away from the log: that a delegation's statement key signed it for this place
   * inside the delegation's window. Whether the log has it there is for the caller to prove.
   *
   * @throws FormatException also when it states something else
   */
  public static StatedDisclosureKey verify(
      byte[] entry, long index, Delegation delegation, TrustPolicy policy) throws FormatException {
    String origin = KeyLog.origin(policy.issuer());
    KeyLogEntry.Content content =
        KeyLogEntry.parse(
            entry,
            new KeyLogEntry.Signers() {
              @Override
              public PublicJwk statementKey(Instant at) throws FormatException {
                if (!delegation.holdsAt(at)) {
                  throw new FormatException("entry is of a time outside its delegation's window");
                }
                return delegation.statementKey();
              }

              @Override
              public String origin() {
                return origin;
              }

              @Override
              public long index() {
                return index;
              }
            });
    if (!(content instanceof KeyLogEntry.Happened happened)
        || !(happened.event() instanceof DisclosureKeyStated stated)) {
      throw new FormatException("entry does not state a disclosure key");
    }
    DisclosureKeys alone = new DisclosureKeys(origin);
    alone.state(stated, happened.at(), index);
    return alone.all().get(0);
  }

  /** Reads one; of other members it says nothing. */
  public static DisclosureKeyStated parse(JsonObject json) throws FormatException {
    return new DisclosureKeyStated(
        PublicJwk.parse(json.object("jwk")),
        NoteKey.parse(json.string("vkey")),
        KeyStatement.instant(json, "not_after"));
  }
}
