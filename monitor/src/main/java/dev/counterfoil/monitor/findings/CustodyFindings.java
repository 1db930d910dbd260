package dev.counterfoil.monitor.findings;

import dev.counterfoil.custodian.issuer.Alarm;
import dev.counterfoil.monitor.findings.Finding.Kind;
import dev.counterfoil.monitor.findings.Finding.Severity;
import dev.counterfoil.monitor.findings.Finding.Subject;

/** Makes findings of the custodian's alarms. */
public record CustodyFindings(FindingSink findings) {
  public void raise(Alarm alarm) {
    Subject subject =
        alarm.position().isPresent()
            ? Subject.of(alarm.domain(), alarm.log(), alarm.position().getAsLong())
            : Subject.of(alarm.domain(), alarm.subject());
    findings.raise(
        new Finding(
            kind(alarm.kind()),
            severity(alarm.kind()),
            alarm.domain(),
            subject,
            alarm.seenAt(),
            1,
            alarm.summary(),
            alarm.detail()));
  }

  private static Kind kind(Alarm.Kind kind) {
    return switch (kind) {
      case LOG_FORK -> Kind.LOG_FORK;
      case LOG_ROLLBACK -> Kind.LOG_ROLLBACK;
      case COUNTERFOIL_MISSING -> Kind.COUNTERFOIL_MISSING;
      case COUNTERFOIL_DAMAGED -> Kind.COUNTERFOIL_DAMAGED;
      case CUSTODY_REPAIRED -> Kind.CUSTODY_REPAIRED;
      case CLOCK_OFF -> Kind.CLOCK_OFF;
      case KEY_SET_ROLLBACK -> Kind.KEY_SET_ROLLBACK;
    };
  }

  private static Severity severity(Alarm.Kind kind) {
    return switch (kind) {
      case LOG_FORK, LOG_ROLLBACK -> Severity.CRITICAL;
      case COUNTERFOIL_MISSING, COUNTERFOIL_DAMAGED, KEY_SET_ROLLBACK, CLOCK_OFF -> Severity.HIGH;
      case CUSTODY_REPAIRED -> Severity.LOW;
    };
  }
}
