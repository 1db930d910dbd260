package dev.counterfoil.format.keylog;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.Spelled;
import dev.counterfoil.format.note.NoteKey;

/**
 * An audit log has ended: no checkpoint of it counts that is past the size.
 *
 * @param origin the log's
 * @param size how many events it has, for good; 0 where its key is withdrawn
 * @param reason why
 */
public record AuditLogEnded(String origin, long size, Reason reason) implements KeyLogEvent.Takes {
  static final String NAME = "audit-log-ended";

  /** Why an audit log ended. */
  public enum Reason implements Spelled {
    /** Its monitor was replaced on purpose. */
    REPLACED,
    /** It is gone, or went back to an earlier state: events past the size may be lost. */
    LOST,
    /** Its key may be in other hands: nothing that it signed counts. */
    WITHDRAWN;

    /** Reads a reason. */
    public static Reason parse(String text) throws FormatException {
      return Spelled.parse(Reason.class, text, "an audit log's end has another reason");
    }
  }

  public AuditLogEnded {
    if (reason == Reason.WITHDRAWN && size != 0) {
      throw new IllegalArgumentException(
          "of an audit log that is withdrawn nothing counts: size 0");
    }
  }

  /** Whether it takes more away than an end that was said before. */
  public boolean narrows(StatedAuditLog.Ended before) {
    return size < before.size() || (reason == Reason.WITHDRAWN && before.reason() != reason);
  }

  @Override
  public JsonObject.Builder write(JsonObject.Builder json) {
    return json.put("event", NAME)
        .put("origin", origin)
        .put("size", size)
        .put("reason", reason.text());
  }

  /** Reads one, whose members were looked at. */
  static AuditLogEnded parse(JsonObject json) throws FormatException {
    try {
      return new AuditLogEnded(
          origin(json, "origin"),
          KeySet.position(json, "size"),
          Reason.parse(json.string("reason")));
    } catch (IllegalArgumentException e) {
      throw new FormatException(String.valueOf(e.getMessage()), e);
    }
  }

  static String origin(JsonObject json, String member) throws FormatException {
    String origin = json.string(member);
    if (!NoteKey.isName(origin)) {
      throw new FormatException("member " + member + " is no origin of a log");
    }
    return origin;
  }
}
