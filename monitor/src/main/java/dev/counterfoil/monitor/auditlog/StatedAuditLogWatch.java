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
import java.util.Set;

/**
 * Looks whether a key log states the monitor's audit log with another key: then the exports of its
 * own log do not count, and another's do. Belongs to one thread.
 */
public final class StatedAuditLogWatch {
  private final NoteKey own;
  private final InstantSource clock;
  private final FindingSink findings;
  private final Set<String> known = new HashSet<>();

  /**
   * Makes one.
   *
   * @param own the key of the monitor's audit log, by its name
   * @param findings takes each key once, and knows those that were raised before the start
   */
  public StatedAuditLogWatch(NoteKey own, InstantSource clock, FindingSink findings) {
    this.own = own;
    this.clock = clock;
    this.findings = findings;
  }

  /** Takes what a domain's key log states now. */
  public void look(String domain, List<StatedAuditLog> stated) {
    for (StatedAuditLog log : stated) {
      NoteKey key = log.key();
      if (key.name().equals(own.name()) && !key.equals(own) && known.add(domain + " " + key)) {
        findings.raise(
            new Finding(
                Kind.AUDIT_LOG_OF_ANOTHER,
                Severity.HIGH,
                domain,
                Subject.of(domain, key.toString()),
                clock.instant(),
                1,
                "The key log states the audit log "
                    + own.name()
                    + " with a key that is not this monitor's. So exports of this"
                    + " monitor are not valid, and those made with the other key are.",
                JsonObject.builder()
                    .put("stated", key.toString())
                    .put("own", own.toString())
                    .put("at", log.at().getEpochSecond())
                    .build()));
      }
    }
  }
}
