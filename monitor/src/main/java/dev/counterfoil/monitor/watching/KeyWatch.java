package dev.counterfoil.monitor.watching;

import dev.counterfoil.format.alarm.KeyAlarm;
import dev.counterfoil.format.bytes.JsonObject;
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
 * Makes findings of the alarms that the keys of a domain give: one for each step, however often it
 * is looked at. The alarms come from the key log that the monitor holds itself, and from its own
 * clock; nobody is asked whether all is well. Belongs to one thread.
 */
public final class KeyWatch {
  private final InstantSource clock;
  private final FindingSink findings;
  private final Standing standing;
  private final Set<Known> known = new HashSet<>();

  private record Known(String domain, KeyAlarm.Step step) {}

  /** Told how many alarms of a kind stand. */
  @FunctionalInterface
  public interface Standing {
    void stand(String domain, KeyAlarm.Kind kind, int alarms);
  }

  /**
   * Makes one.
   *
   * @param findings takes each step, and knows those that were raised before the start
   */
  public KeyWatch(InstantSource clock, FindingSink findings, Standing standing) {
    this.clock = clock;
    this.findings = findings;
    this.standing = standing;
  }

  /** Takes the alarms that a domain's keys give now. */
  public void look(String domain, List<KeyAlarm> alarms) {
    Set<Known> now = new HashSet<>();
    for (KeyAlarm alarm : alarms) {
      Known step = new Known(domain, alarm.identity());
      now.add(step);
      if (known.add(step)) {
        findings.raise(finding(domain, alarm));
      }
    }
    known.removeIf(step -> step.domain().equals(domain) && !now.contains(step));
    for (KeyAlarm.Kind kind : KeyAlarm.Kind.values()) {
      standing.stand(
          domain, kind, (int) alarms.stream().filter(alarm -> alarm.kind() == kind).count());
    }
  }

  private Finding finding(String domain, KeyAlarm alarm) {
    return new Finding(
        kind(alarm.kind()),
        severity(alarm.urgency()),
        domain,
        new Subject(
            alarm.kid().orElse(""),
            domain + " " + alarm.subject() + " " + alarm.step(),
            null,
            null,
            null,
            null,
            false),
        clock.instant(),
        1,
        alarm.text() + " " + alarm.remedy(),
        JsonObject.builder()
            .put("subject", alarm.subject())
            .put("step", alarm.step())
            .put("remedy", alarm.remedy())
            .build());
  }

  private static Kind kind(KeyAlarm.Kind kind) {
    return switch (kind) {
      case CEREMONY_DUE -> Kind.CEREMONY_DUE;
      case KEY_AGE -> Kind.KEY_AGE;
      case NEXT_KEY_MISSING -> Kind.NEXT_KEY_MISSING;
      case ROTATION_OVERDUE -> Kind.ROTATION_OVERDUE;
      case SIGNING_STOPPED -> Kind.SIGNING_STOPPED;
      case KEY_LOG_SILENT -> Kind.KEY_LOG_SILENT;
    };
  }

  private static Severity severity(KeyAlarm.Urgency urgency) {
    return switch (urgency) {
      case PLAN -> Severity.LOW;
      case SOON -> Severity.MEDIUM;
      case NOW -> Severity.HIGH;
      case OUTAGE -> Severity.CRITICAL;
    };
  }
}
