package dev.counterfoil.format.alarm;

import dev.counterfoil.format.alarm.KeyAlarm.Kind;
import dev.counterfoil.format.alarm.KeyAlarm.Urgency;
import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.keylog.KeyCeiling;
import dev.counterfoil.format.keylog.KeyLogEvent.WithdrawalReason;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.format.root.CeremonyAlarm;
import dev.counterfoil.format.root.Delegation;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which alarms a domain's keys give, by its key log and a clock alone: what a monitor and every
 * verifier work out for themselves. It shares nothing with the signer's rotation, neither its code
 * nor its configuration nor the ceilings that {@link KeyCeiling} tells it, so that a defect there
 * does not silence the alarm here.
 *
 * <p>The log does not say after how long a key is meant to be followed. It says when a key's window
 * ends, and every configuration keeps at least a fifth of it in reserve (docs/operate/keys.md): a
 * key that has used up four fifths is one that could not be followed. A pause that an operator
 * asked for is taken for what it is, until the promised lead before the window's end.
 *
 * <p>Keys of a log that has ended, keys whose tokens nobody records, and purposes or algorithms
 * that were given up before their last key ended give no alarm.
 */
public final class KeyAlarms {
  /** Every step of a rotation may come so much later than it should, for a restart. */
  public static final Duration TOLERATED = Duration.ofMinutes(10);

  /** A registrar signs a head every few seconds; one that is older is a sign that it stands. */
  public static final Duration SILENT_AFTER = Duration.ofMinutes(1);

  /** A verifier refuses every token when the last head is so old, unless it is told otherwise. */
  public static final Duration REFUSED_AFTER = Duration.ofMinutes(5);

  /** Ceilings, figured anew here: more than one tenant, a tenant's own, one organisation's. */
  private static final Duration SHARED = Duration.ofDays(14);

  private static final Duration TENANT = Duration.ofDays(90);
  private static final Duration ORGANISATION = Duration.ofDays(365);

  private final KeySet set;
  private final Instant now;
  private final List<KeyAlarm> alarms = new ArrayList<>();

  /** A signer's keys of one purpose and algorithm, which follow each other. */
  private record Line(String log, KeyStatement.Ring ring) {
    @Override
    public String toString() {
      return ring + " of log " + log;
    }
  }

  private KeyAlarms(KeySet set, Instant now) {
    this.set = set;
    this.now = now;
  }

  /** The alarms at a time, those that are most urgent first. */
  public static List<KeyAlarm> of(KeySet set, Instant now) {
    KeyAlarms work = new KeyAlarms(set, now);
    work.ceremony();
    work.lines().forEach(work::line);
    work.alarms.sort(Comparator.comparing(KeyAlarm::urgency).reversed());
    return List.copyOf(work.alarms);
  }

  /**
   * The alarm when a key log has no new head.
   *
   * @param asOf the time of its last one, or since when it is looked for
   * @param every how often it is looked for
   */
  public static Optional<KeyAlarm> silence(Instant asOf, Instant now, Duration every) {
    Duration age = Duration.between(asOf, now);
    Duration patience = every.multipliedBy(4);
    boolean silent = age.compareTo(max(SILENT_AFTER, patience)) >= 0;
    boolean refused = age.compareTo(max(REFUSED_AFTER, patience)) >= 0;
    return silent
        ? Optional.of(
            new KeyAlarm(
                Kind.KEY_LOG_SILENT,
                refused ? Urgency.OUTAGE : Urgency.NOW,
                "key log",
                Optional.empty(),
                (refused ? "refused/" : "silent/") + asOf.getEpochSecond(),
                "No head of the key log was signed, or arrived, since "
                    + asOf
                    + (refused
                        ? ": verifiers refuse every token."
                        : "; verifiers refuse every token from an age of 5 minutes on."),
                "See whether the registrar and the authority run (counterfoil signer doctor), and whether somebody holds back their answers."))
        : Optional.empty();
  }

  private static Duration max(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? b : a;
  }

  private void ceremony() {
    Optional<Instant> until = set.windows().until(now);
    CeremonyAlarm alarm = set.windows().alarm(now);
    if (alarm == CeremonyAlarm.NONE) {
      return;
    }
    Urgency urgency =
        switch (alarm) {
          case NONE, PLAN -> Urgency.PLAN;
          case DUE -> Urgency.SOON;
          case URGENT -> Urgency.NOW;
          case ENDED -> Urgency.OUTAGE;
        };
    Instant end =
        until.orElseGet(
            () ->
                set.windows().all().stream()
                    .map(window -> window.delegation().notAfter())
                    .max(Comparator.naturalOrder())
                    .orElse(Instant.EPOCH));
    // Between windows a ceremony is due; before all of them a clock is more likely to be wrong.
    boolean isAhead = alarm == CeremonyAlarm.ENDED && now.isBefore(end);
    alarms.add(
        new KeyAlarm(
            Kind.CEREMONY_DUE,
            urgency,
            "root",
            Optional.empty(),
            alarm.name() + "/" + end.getEpochSecond(),
            isAhead
                ? "No window of the root holds now, by this clock (" + now + "), so no key counts."
                : alarm == CeremonyAlarm.ENDED
                    ? "No window of the root holds since " + end + ", so no key counts."
                    : "The last window that the root signed ends at " + end + ".",
            isAhead
                ? "See whether this host's clock is right. If it is, hold a ceremony (docs/operate/root.md)."
                : "Hold a ceremony and have the registrar record it (docs/operate/root.md)."));
  }

  /** Every signer's lines, of keys that were stated and are remembered. */
  private Map<Line, List<KeyStatement>> lines() {
    Set<String> ended = new HashSet<>();
    set.endedLogs().forEach(log -> ended.add(log.log()));
    Map<Line, List<KeyStatement>> lines = new LinkedHashMap<>();
    for (List<KeyStatement> some : List.of(set.keys(), set.withdrawnStatements())) {
      for (KeyStatement key : some) {
        if (key.record() instanceof RecordForm.Position position
            && !ended.contains(position.log())
            && !isTakenBack(key.kid())) {
          lines
              .computeIfAbsent(new Line(position.log(), key.ring()), one -> new ArrayList<>())
              .add(key);
        }
      }
    }
    return lines;
  }

  private boolean isTakenBack(String kid) {
    return set.withdrawals().stream()
            .anyMatch(key -> key.kid().equals(kid) && key.reason() == WithdrawalReason.COMPROMISED)
        || set.taintedKeys().stream().anyMatch(key -> key.kid().equals(kid))
        || set.revokedKeys().stream().anyMatch(key -> key.kid().equals(kid));
  }

  private void line(Line line, List<KeyStatement> keys) {
    Optional<KeyStatement> signing =
        keys.stream()
            .filter(key -> !now.isBefore(key.activeFrom()))
            .max(Comparator.comparing(KeyStatement::activeFrom));
    if (signing.isEmpty()) {
      return;
    }
    KeyStatement key = signing.get();
    Optional<Instant> retired =
        set.retiredKeys().stream()
            .filter(one -> one.kid().equals(key.kid()))
            .map(KeySet.RetiredKey::at)
            .findFirst();
    if (retired.isPresent() && retired.get().isBefore(key.activeUntil())) {
      // Given up on purpose, by a change of the configuration.
      return;
    }
    if (!now.isBefore(key.activeUntil())) {
      if (!now.isBefore(key.activeUntil().plus(TOLERATED))) {
        stopped(line, key);
      }
      ceiling(key)
          .filter(ceiling -> !key.activeUntil().isBefore(key.activeFrom().plus(ceiling)))
          .ifPresent(ceiling -> age(key));
      return;
    }
    boolean prepared = keys.stream().anyMatch(next -> now.isBefore(next.activeFrom()));
    rotation(line, key, prepared);
    age(key);
  }

  private void stopped(Line line, KeyStatement key) {
    alarms.add(
        new KeyAlarm(
            Kind.SIGNING_STOPPED,
            Urgency.OUTAGE,
            line.toString(),
            Optional.of(key.kid()),
            "stopped",
            "The last key of " + line + " ended at " + key.activeUntil() + " and none followed.",
            "See why its signer states no key (counterfoil signer doctor, and its log); if the signer is gone for good, end its log."));
  }

  private void rotation(Line line, KeyStatement key, boolean prepared) {
    Duration window = Duration.between(key.activeFrom(), key.activeUntil());
    Instant latest = key.activeUntil().minus(key.successorLead());
    Instant followed = key.activeFrom().plus(window.multipliedBy(4).dividedBy(5));
    boolean paused =
        set.pauses().stream()
            .anyMatch(pause -> pause.log().equals(line.log()) && now.isBefore(pause.until()));
    Instant overdue = (paused && followed.isBefore(latest) ? latest : followed).plus(TOLERATED);
    Instant missing =
        (paused ? latest : earlier(latest, followed.minus(key.successorLead()))).plus(TOLERATED);
    boolean isMissing = !prepared && !now.isBefore(earlier(missing, latest));
    if (!now.isBefore(overdue)) {
      alarms.add(
          new KeyAlarm(
              Kind.ROTATION_OVERDUE,
              Urgency.NOW,
              line.toString(),
              Optional.of(key.kid()),
              "overdue",
              "Key "
                  + key.kid()
                  + " of "
                  + line
                  + " should have been followed by now; it can sign until "
                  + key.activeUntil()
                  + ".",
              prepared
                  ? "The next key is prepared: see whether its signer runs and hears the registrar (counterfoil signer doctor)."
                  : "See whether its signer runs and reaches the registrar, and whether the root delegates (counterfoil signer doctor)."));
    }
    if (isMissing) {
      boolean late = !now.isBefore(latest);
      alarms.add(
          new KeyAlarm(
              Kind.NEXT_KEY_MISSING,
              late ? Urgency.NOW : Urgency.SOON,
              line.toString(),
              Optional.of(key.kid()),
              late ? "too-late" : "missing",
              late
                  ? "No next key of "
                      + line
                      + " is in the key log, and one that is stated now cannot sign before the last has ended at "
                      + key.activeUntil()
                      + "."
                  : "No next key of "
                      + line
                      + " is in the key log; it must stand there by "
                      + latest
                      + ", or signing stops for a while.",
              "See whether its signer runs and reaches the registrar, and whether the root delegates (counterfoil signer doctor)."));
    }
  }

  private static Instant earlier(Instant a, Instant b) {
    return a.isBefore(b) ? a : b;
  }

  private void age(KeyStatement key) {
    Optional<Duration> ceiling = ceiling(key);
    if (ceiling.isEmpty()) {
      return;
    }
    Instant end = key.activeFrom().plus(ceiling.get());
    boolean passed = !now.isBefore(end);
    if (!passed
        && now.isBefore(
            key.activeFrom().plus(ceiling.get().multipliedBy(4).dividedBy(5)).plus(TOLERATED))) {
      return;
    }
    alarms.add(
        new KeyAlarm(
            Kind.KEY_AGE,
            passed ? Urgency.OUTAGE : Urgency.SOON,
            "key " + key.kid(),
            Optional.of(key.kid()),
            passed ? "100%" : "80%",
            "Key "
                + key.kid()
                + (passed
                    ? " has passed its ceiling of "
                        + ceiling.get().toDays()
                        + " days at "
                        + end
                        + ": what it signs is refused."
                    : " has reached 80 % of its ceiling of "
                        + ceiling.get().toDays()
                        + " days; from "
                        + end
                        + " on what it signs is refused."),
            "Find out why it was not followed (counterfoil keys list); shorten usage-period, or end the pause (counterfoil keys resume)."));
  }

  /** By the facts of statement and delegation; empty while no delegation stands. */
  private Optional<Duration> ceiling(KeyStatement key) {
    Optional<Delegation> standing = set.delegation(now);
    if (standing.isEmpty()) {
      return Optional.empty();
    }
    if (isShared(key.tenants())) {
      return Optional.of(SHARED);
    }
    return Optional.of(isShared(standing.get().bounds().tenants()) ? TENANT : ORGANISATION);
  }

  private static boolean isShared(AllowList tenants) {
    long others = tenants.names().stream().filter(name -> !name.equals("counterfoil")).count();
    return tenants.any() || others > 1;
  }
}
