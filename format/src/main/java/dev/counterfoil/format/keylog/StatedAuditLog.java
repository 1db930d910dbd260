package dev.counterfoil.format.keylog;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.note.NoteKey;
import java.time.Instant;
import java.util.Optional;

/**
 * An audit log of a domain, as its key log states it.
 *
 * @param key its key; the key's name is the log's origin
 * @param size how many events it had when it was stated: those count, too
 * @param at when it was stated
 * @param follows origin of the one whose successor it is
 */
public record StatedAuditLog(NoteKey key, long size, Instant at, Optional<String> follows) {
  /** As JSON, for people and their scripts. */
  public JsonObject toJson() {
    return JsonObject.builder()
        .put("origin", key.name())
        .put("vkey", key.toString())
        .put("size", size)
        .put("at", at.getEpochSecond())
        .put("follows", follows.orElse(null))
        .build();
  }

  /**
   * An audit log that has ended.
   *
   * @param origin the log's
   * @param size no checkpoint past it counts
   * @param reason why it ended
   * @param at when the registrar said so
   */
  public record Ended(String origin, long size, AuditLogEnded.Reason reason, Instant at) {
    /** As JSON, for people and their scripts. */
    public JsonObject toJson() {
      return JsonObject.builder()
          .put("origin", origin)
          .put("size", size)
          .put("reason", reason.text())
          .put("at", at.getEpochSecond())
          .build();
    }

    /** What speaks against a checkpoint of the log. */
    Optional<String> objection(long checkpointSize) {
      if (reason == AuditLogEnded.Reason.WITHDRAWN) {
        return Optional.of(
            "the key of audit log "
                + origin
                + " was withdrawn at "
                + at
                + ": nothing of it counts");
      }
      return checkpointSize > size
          ? Optional.of(
              "audit log %s ended at size %d (%s): no checkpoint past it counts"
                  .formatted(origin, size, reason.text()))
          : Optional.empty();
    }
  }
}
