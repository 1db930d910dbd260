package dev.counterfoil.monitor.watching;

import dev.counterfoil.format.alarm.KeyAlarm;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.monitor.findings.Finding;
import dev.counterfoil.monitor.findings.Finding.Kind;
import dev.counterfoil.monitor.findings.Finding.Severity;
import dev.counterfoil.monitor.findings.Finding.Subject;
import dev.counterfoil.monitor.findings.FindingSink;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Makes findings of the alarms that the keys of a domain give: one for each step, however often it
 * is looked at. The alarms come from the key log that the monitor holds itself, and from its own
 * clock; nobody is asked whether all is well. Belongs to one thread.
 *
 * <p>A monitor that itself stood still has heard nothing either, and that is no silence of the key
 * log: what was signed meanwhile may still arrive. It is excused for a number of looks, which no
 * further pause and no clock makes more: a silence that goes on becomes a finding. What is shown
 * while it stands is what was given.
 */
public final class KeyWatch {
  private final InstantSource clock;
  private final FindingSink findings;
  private final Over over;
  private final Standing standing;
  private final Set<Known> known = new HashSet<>();

  private final Map<String, Instant> lookedAt = new HashMap<>();
  private final Map<String, Integer> looksExcused = new HashMap<>();
  private final Set<String> heard = new HashSet<>();

  /** It looks every few seconds: so long without a look, and it stood still. */
  static final Duration STOOD_STILL = Duration.ofSeconds(30);

  /** After it stood still it takes so many looks to hear what was signed meanwhile. */
  static final int LOOKS_EXCUSED = 12;

  private record Known(String domain, KeyAlarm.Step step) {}

  /** Told how many alarms of a kind stand. */
  @FunctionalInterface
  public interface Standing {
    void stand(String domain, KeyAlarm.Kind kind, int alarms);
  }

  /** Told that what findings of a kind say is over; does nothing where there is none. */
  @FunctionalInterface
  public interface Over {
    void over(Kind kind, String domain, Instant since);
  }

  /**
   * Makes one.
   *
   * @param findings takes each step, and knows those that were raised before the start
   */
  public KeyWatch(InstantSource clock, FindingSink findings, Over over, Standing standing) {
    this.clock = clock;
    this.findings = findings;
    this.over = over;
    this.standing = standing;
  }

  /** Takes the alarms that a domain's keys give now. */
  public void look(String domain, List<KeyAlarm> given) {
    Instant at = clock.instant();
    List<KeyAlarm> alarms = isSilenceItsOwn(domain, at) ? withoutSilence(given) : given;
    if (isSilent(given)) {
      heard.remove(domain);
    } else if (heard.add(domain)) {
      // Also of a silence before this start.
      over.over(Kind.KEY_LOG_SILENT, domain, at);
    }
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
          domain, kind, (int) given.stream().filter(alarm -> alarm.kind() == kind).count());
    }
  }

  private boolean isSilenceItsOwn(String domain, Instant now) {
    Instant before = lookedAt.put(domain, now);
    // Not while it is silent already: pauses that follow each other would excuse it forever.
    if (before != null && now.isAfter(before.plus(STOOD_STILL)) && heard.contains(domain)) {
      looksExcused.put(domain, LOOKS_EXCUSED);
    }
    int left = looksExcused.getOrDefault(domain, 0);
    looksExcused.put(domain, Math.max(0, left - 1));
    return left > 0;
  }

  private static boolean isSilent(List<KeyAlarm> alarms) {
    return alarms.stream().anyMatch(alarm -> alarm.kind() == KeyAlarm.Kind.KEY_LOG_SILENT);
  }

  private static List<KeyAlarm> withoutSilence(List<KeyAlarm> alarms) {
    return alarms.stream().filter(one -> one.kind() != KeyAlarm.Kind.KEY_LOG_SILENT).toList();
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
