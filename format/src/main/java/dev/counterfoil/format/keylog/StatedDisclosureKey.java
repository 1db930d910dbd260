package dev.counterfoil.format.keylog;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.note.NoteKey;
import java.time.Instant;

/**
 * A key of a domain's disclosure process, as its key log states it.
 *
 * @param key signs notices and statements
 * @param log signs the checkpoints of the disclosure log; its name is the log's origin
 * @param index of the entry
 * @param at when it was stated: what it is to have signed before does not count
 * @param notAfter until when it may sign
 */
public record StatedDisclosureKey(
    PublicJwk key, NoteKey log, long index, Instant at, Instant notAfter) {
  /** As JSON, for people and their scripts. */
  public JsonObject toJson() {
    return JsonObject.builder()
        .put("kid", key.thumbprint())
        .put("origin", log.name())
        .put("vkey", log.toString())
        .put("index", index)
        .put("at", at.getEpochSecond())
        .put("not_after", notAfter.getEpochSecond())
        .build();
  }
}
