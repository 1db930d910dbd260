package dev.counterfoil.monitor.auditlog;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.monitor.findings.Finding;
import dev.counterfoil.monitor.findings.Finding.Kind;
import dev.counterfoil.monitor.findings.Finding.Severity;
import dev.counterfoil.monitor.findings.Finding.Subject;
import dev.counterfoil.monitor.findings.FindingStore;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Consumer;

/** What the auditor finds when it reads its own log again is a finding: it names the event. */
public final class AuditDamage implements Consumer<String> {
  private static final int TEXT_CHARACTERS_MAX = 500;

  private final List<String> domains;
  private final FindingStore findings;
  private final InstantSource clock;

  /**
   * Tells findings.
   *
   * @param domains whose events are in the log: each gets its finding
   */
  public AuditDamage(List<String> domains, FindingStore findings, InstantSource clock) {
    this.domains = List.copyOf(domains);
    this.findings = findings;
    this.clock = clock;
  }

  @Override
  public void accept(String found) {
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
}
