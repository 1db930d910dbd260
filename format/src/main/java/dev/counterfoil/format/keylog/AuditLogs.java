package dev.counterfoil.format.keylog;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.note.NoteKey;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The audit logs that a key log states: one that stands, and at most one more, its successor, that
 * is announced. Never forgotten: there is one for each monitor that a domain ever had. Not safe for
 * concurrent use.
 */
final class AuditLogs {
  private final Map<String, Indexed> stated = new LinkedHashMap<>();
  private final Map<String, StatedAuditLog.Ended> ended = new LinkedHashMap<>();

  private record Indexed(long index, StatedAuditLog log) {}

  AuditLogs copy() {
    AuditLogs copy = new AuditLogs();
    copy.stated.putAll(stated);
    copy.ended.putAll(ended);
    return copy;
  }

  /**
   * Takes one in, or refuses it and changes nothing. No policy is asked: its pin is for those who
   * check an export, and whoever reads the log takes the same entries.
   */
  void state(AuditLogStated event, Instant at, long index, String keyLog) throws FormatException {
    NoteKey key = event.key();
    String own = keyLog.substring(0, keyLog.length() - KeyLog.NAME.length());
    if (key.name().startsWith(own)) {
      throw new FormatException("audit log is named as a log of tokens or keys");
    }
    if (stated.containsKey(key.name()) || ended.containsKey(key.name())) {
      throw new FormatException("an audit log is stated once, and keeps its key");
    }
    requirePlace(event.follows());
    AuditLogConsent consent = AuditLogConsent.verify(event.consent(), key, keyLog);
    stated.put(
        key.name(),
        new Indexed(
            index, new StatedAuditLog(key, consent.checkpoint().size(), at, event.follows())));
  }

  /** What keeps one from being stated next; empty when nothing does. */
  Optional<String> objection(AuditLogStated event, String keyLog) {
    try {
      copy().state(event, Instant.EPOCH, Long.MAX_VALUE, keyLog);
      return Optional.empty();
    } catch (FormatException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  private void requirePlace(Optional<String> follows) throws FormatException {
    List<String> standing =
        stated.keySet().stream().filter(origin -> !ended.containsKey(origin)).toList();
    if (standing.size() > 1) {
      throw new FormatException("a successor of the audit log is announced already");
    }
    boolean named =
        standing.isEmpty()
            ? follows.isEmpty() || stated.containsKey(follows.get())
            : follows.equals(Optional.of(standing.get(0)));
    if (!named) {
      throw new FormatException(
          standing.isEmpty()
              ? "audit log follows one that was never stated"
              : "another audit log stands, and this one does not say that it follows it");
    }
  }

  /** Never refused, and never narrowed by a later one. */
  void end(AuditLogEnded event, Instant at) {
    ended.merge(
        event.origin(),
        new StatedAuditLog.Ended(event.origin(), event.size(), event.reason(), at),
        (before, now) -> event.narrows(before) ? now : before);
  }

  /** Those whose entries stand below an index. */
  List<StatedAuditLog> stated(long below) {
    return stated.values().stream().filter(one -> one.index < below).map(Indexed::log).toList();
  }

  List<StatedAuditLog.Ended> ended() {
    return List.copyOf(ended.values());
  }
}
