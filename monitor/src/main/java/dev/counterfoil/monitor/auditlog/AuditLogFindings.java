package dev.counterfoil.monitor.auditlog;

import dev.counterfoil.auditserver.custody.AuditCustodians;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.monitor.findings.Finding;
import dev.counterfoil.monitor.findings.Finding.Kind;
import dev.counterfoil.monitor.findings.Finding.Severity;
import dev.counterfoil.monitor.findings.Finding.Subject;
import dev.counterfoil.monitor.findings.FindingStore;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Findings of the audit log, one for each domain: what the auditor finds when it reads its own log
 * again, which names the event, and custodians that fall behind.
 */
public final class AuditLogFindings {
  private static final int TEXT_CHARACTERS_MAX = 500;

  private final List<String> domains;
  private final FindingStore findings;
  private final InstantSource clock;
  private volatile @Nullable String lost;

  /**
   * Tells findings.
   *
   * @param domains whose events are in the log: each gets its finding
   */
  public AuditLogFindings(List<String> domains, FindingStore findings, InstantSource clock) {
    this.domains = List.copyOf(domains);
    this.findings = findings;
    this.clock = clock;
  }

  /** It is not as it was recorded. */
  public void changed(String found) {
    String shown = found.substring(0, Math.min(found.length(), TEXT_CHARACTERS_MAX));
    for (String domain : domains) {
      findings.raiseOnce(
          new Finding(
              Kind.AUDIT_LOG_CHANGED,
              Severity.CRITICAL,
              domain,
              Subject.of(domain, shown),
              clock.instant(),
              1,
              "The audit log is not as it was recorded: " + shown,
              JsonObject.builder().put("found", shown).build()));
    }
  }

  /**
   * The monitor's folder is of a time before, as one of the domain's processes shows: what was
   * found since then is gone with what was recorded. Told once for each start.
   */
  public synchronized void putBack(String found) {
    if (lost != null) {
      return;
    }
    Instant now = clock.instant();
    String text =
        "The audit log is of a time before, as if the monitor's folder had been put back: "
            + found.substring(0, Math.min(found.length(), TEXT_CHARACTERS_MAX))
            + ". Events, findings and sightings of between are not here. That no theft is found"
            + " says nothing of that time. Stop the monitor and put back a newer folder, or"
            + " restore the audit log from its custodian.";
    lost = text;
    for (String domain : domains) {
      findings.raise(
          new Finding(
              Kind.DATABASE_LOST,
              Severity.CRITICAL,
              domain,
              Subject.of(domain, "put back " + now.toEpochMilli()),
              now,
              1,
              text,
              JsonObject.builder().put("since", now.getEpochSecond()).build()));
    }
  }

  /** Why what the log has is not all that was recorded; empty while nothing speaks for that. */
  public List<String> lost() {
    String text = lost;
    return text == null ? List.of() : List.of(text);
  }

  /** A custodian does not hold what is newest. */
  public void behind(AuditCustodians.Behind one) {
    for (String domain : domains) {
      findings.raise(
          new Finding(
              Kind.COSIGNER_FAILING,
              Severity.MEDIUM,
              domain,
              Subject.of(domain, one.custodian() + "/" + one.log()),
              clock.instant(),
              1,
              "Custodian "
                  + one.custodian()
                  + " has not stated for more than "
                  + AuditCustodians.TOLERATED.toSeconds()
                  + " seconds that it holds newer audit events. If this host is lost,"
                  + " events since then are lost with it.",
              JsonObject.builder()
                  .put("cosigner", one.custodian())
                  .put("log", one.log())
                  .put("size", one.size())
                  .put("problem", one.problem())
                  .build()));
    }
  }
}
