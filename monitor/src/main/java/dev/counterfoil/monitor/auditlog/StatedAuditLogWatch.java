package dev.counterfoil.monitor.auditlog;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.StatedAuditLog;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.monitor.findings.Finding;
import dev.counterfoil.monitor.findings.Finding.Kind;
import dev.counterfoil.monitor.findings.Finding.Severity;
import dev.counterfoil.monitor.findings.Finding.Subject;
import dev.counterfoil.monitor.findings.FindingSink;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * Looks whether a key log states the monitor's audit log with another key: then the exports of its
 * own log do not count, and another's do. Then its folder was lost, or is that of another, and what
 * the log still has is not all that was recorded. One thread looks; any asks.
 */
public final class StatedAuditLogWatch {
  private final NoteKey own;
  private final boolean wasEmpty;
  private final InstantSource clock;
  private final FindingSink findings;
  private final Set<String> known = new HashSet<>();
  private final Map<String, String> lost = new ConcurrentSkipListMap<>();

  /**
   * Makes one.
   *
   * @param own the key of the monitor's audit log, by its name
   * @param wasEmpty whether the log had no event at this start
   * @param findings takes each key once, and knows those that were raised before the start
   */
  public StatedAuditLogWatch(
      NoteKey own, boolean wasEmpty, InstantSource clock, FindingSink findings) {
    this.own = own;
    this.wasEmpty = wasEmpty;
    this.clock = clock;
    this.findings = findings;
  }

  /** Takes what a domain's key log states now. */
  public void look(String domain, List<StatedAuditLog> stated) {
    boolean isLost = false;
    for (StatedAuditLog log : stated) {
      NoteKey key = log.key();
      if (key.name().equals(own.name()) && !key.equals(own)) {
        String text = text(domain);
        lost.put(domain, text);
        isLost = true;
        if (known.add(domain + " " + key)) {
          findings.raise(finding(domain, log, text));
        }
      }
    }
    if (!isLost) {
      lost.remove(domain);
    }
  }

  /** Why what the log has is not all that was recorded; empty while nothing speaks for that. */
  public List<String> lost() {
    return List.copyOf(lost.values());
  }

  private String text(String domain) {
    return (wasEmpty ? "audit/ was empty at this start" : "audit/ holds another audit log")
        + ": the key log of "
        + domain
        + " states the audit log "
        + own.name()
        + " with a key that is not this monitor's. What that log recorded is not here; see"
        + " docs/runbooks/audit-log-lost.md";
  }

  private Finding finding(String domain, StatedAuditLog log, String text) {
    return new Finding(
        Kind.AUDIT_LOG_OF_ANOTHER,
        Severity.HIGH,
        domain,
        Subject.of(domain, log.key().toString()),
        clock.instant(),
        1,
        text + ". Exports of this monitor are not valid, and those made with the other key are.",
        JsonObject.builder()
            .put("stated", log.key().toString())
            .put("own", own.toString())
            .put("at", log.at().getEpochSecond())
            .build());
  }
}
