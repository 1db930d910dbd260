package dev.counterfoil.verifier;

import dev.counterfoil.format.alarm.KeyAlarm;
import dev.counterfoil.format.alarm.KeyAlarms;
import dev.counterfoil.format.keylog.KeySet;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Says each step of an alarm about a domain's keys once: a line in the log, and a word to whoever
 * listens. No token is refused for it. One that is over and comes back is said again.
 */
final class KeyAlarmWatch {
  /** No alarm is more urgent than that it can wait so long; it keeps every look cheap. */
  static final Duration EVERY = Duration.ofSeconds(30);

  private static final System.Logger LOG = System.getLogger(KeyAlarmWatch.class.getName());

  private final String issuer;
  private final Duration refreshEvery;
  private final ClocksApart clocks;
  private final Set<KeyAlarm.Step> said = new HashSet<>();
  private @Nullable Instant lookedAt;
  private volatile Consumer<KeyAlarm> listener = alarm -> {};

  KeyAlarmWatch(String issuer, Duration refreshEvery, ClocksApart clocks) {
    this.issuer = issuer;
    this.refreshEvery = refreshEvery;
    this.clocks = clocks;
  }

  /** Whom to tell of each step. */
  void tell(Consumer<KeyAlarm> newListener) {
    listener = newListener;
  }

  /**
   * The alarms of a time.
   *
   * @param set what is known of the keys; null before anything is
   * @param asOf the time of the last head, or since when there is none
   */
  List<KeyAlarm> alarms(@Nullable KeySet set, Instant asOf, Instant now) {
    List<KeyAlarm> alarms = new ArrayList<>();
    KeyAlarms.silence(asOf, now, refreshEvery).map(this::byTheClock).ifPresent(alarms::add);
    if (set != null) {
      alarms.addAll(KeyAlarms.of(set, now));
    }
    return List.copyOf(alarms);
  }

  /**
   * Heads look old where a clock is wrong. That is said too, and takes nothing back: an attacker
   * who holds answers back chooses their {@code Date}.
   */
  private KeyAlarm byTheClock(KeyAlarm silence) {
    return clocks
        .trouble()
        .map(
            trouble ->
                new KeyAlarm(
                    silence.kind(),
                    silence.urgency(),
                    silence.subject(),
                    silence.kid(),
                    silence.step(),
                    silence.text(),
                    silence.remedy() + " Or a clock is wrong: " + trouble + "."))
        .orElse(silence);
  }

  /** Looks, when the last look was some time ago, and says what is new. */
  synchronized void look(@Nullable KeySet set, Instant asOf, Instant now) {
    Instant last = lookedAt;
    if (last != null && !now.isBefore(last) && now.isBefore(last.plus(EVERY))) {
      return;
    }
    lookedAt = now;
    Set<KeyAlarm.Step> standing = new HashSet<>();
    for (KeyAlarm alarm : alarms(set, asOf, now)) {
      standing.add(alarm.identity());
      if (said.add(alarm.identity())) {
        say(alarm);
      }
    }
    said.retainAll(standing);
  }

  private void say(KeyAlarm alarm) {
    LOG.log(
        alarm.urgency().compareTo(KeyAlarm.Urgency.NOW) >= 0 ? Level.ERROR : Level.WARNING,
        "keys of {0}: {1}",
        issuer,
        alarm);
    try {
      listener.accept(alarm);
    } catch (RuntimeException e) {
      // The service's own: what it throws must not end the following of the key log.
      LOG.log(Level.WARNING, "whoever listens to key alarms failed", e);
    }
  }
}
