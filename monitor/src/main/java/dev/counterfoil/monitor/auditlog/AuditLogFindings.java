package dev.counterfoil.monitor.auditlog;

import dev.counterfoil.auditserver.custody.AuditCustodians;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.monitor.findings.Finding;
import dev.counterfoil.monitor.findings.Finding.Kind;
import dev.counterfoil.monitor.findings.Finding.Severity;
import dev.counterfoil.monitor.findings.Finding.Subject;
import dev.counterfoil.monitor.findings.FindingStore;
import java.time.InstantSource;
import java.util.List;

/**
 * Findings of the audit log, one for each domain: what the auditor finds when it reads its own log
 * again, which names the event, and custodians that fall behind.
 */
public final class AuditLogFindings {
  private static final int TEXT_CHARACTERS_MAX = 500;

  private final List<String> domains;
  private final FindingStore findings;
  private final InstantSource clock;

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
