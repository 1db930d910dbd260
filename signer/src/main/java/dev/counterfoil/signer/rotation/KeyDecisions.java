package dev.counterfoil.signer.rotation;

import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.KeyStatement.Ring;
import dev.counterfoil.process.settings.KeySchedule;
import dev.counterfoil.process.settings.Purpose;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which steps are due: a pure function of the keys, the configured purposes and the clock. {@link
 * KeyKeeper} takes them.
 */
final class KeyDecisions {
  /** What asking for a statement may take, and the fraction of a second that times leave out. */
  private static final Duration ASKING = Duration.ofSeconds(2);

  /** How long the folder keeps a statement after its key's last token. */
  private static final Duration FORGET_AFTER = Duration.ofDays(1);

  private KeyDecisions() {}

  /**
   * What is known.
   *
   * @param ring the keys
   * @param statements of all keys that the folder knows, by their numbers
   * @param announced kids of which people were told that they sign
   * @param postponed kids that the registrar would not have sooner
   * @param atOnce rings, as texts, whose next key the registrar states to sign at once: no signer
   *     of the domain has one that signs
   */
  record Known(
      KeyRing ring,
      Map<Integer, KeyStatement> statements,
      Set<String> announced,
      Set<String> postponed,
      Set<String> atOnce) {}

  /** Every step that is due at an instant, in the order in which they are taken. */
  static List<KeyStep> due(Known known, Collection<Purpose> purposes, Instant now) {
    List<KeyStep> steps = new ArrayList<>();
    retire(known, now, steps);
    for (Purpose purpose : purposes) {
      for (Ring ring : purpose.rings()) {
        prepare(known, purpose, ring, now)
            .ifPresent(window -> steps.add(new KeyStep.Prepare(ring, window)));
      }
    }
    for (TokenKey key : known.ring.keys()) {
      if (isUnstated(known.ring, key) && now.isBefore(key.statement().activeUntil())) {
        steps.add(new KeyStep.State(key));
      }
    }
    known.ring.keys().stream()
        .map(TokenKey::ring)
        .distinct()
        .flatMap(ring -> known.ring.activeAt(ring, now).stream())
        .filter(active -> !known.announced.contains(active.kid()))
        .forEach(active -> steps.add(new KeyStep.Activate(active)));
    return steps;
  }

  private static boolean isUnstated(KeyRing ring, TokenKey key) {
    return !ring.stated().contains(key.kid())
        && !ring.setAside().containsKey(key.kid())
        && !ring.retired().contains(key.kid());
  }

  /** The window of the key that a ring needs next; empty while it needs none. */
  private static Optional<KeyRing.Window> prepare(
      Known known, Purpose purpose, Ring ring, Instant now) {
    KeySchedule schedule = purpose.schedule();
    List<TokenKey> unended = known.ring.unended(ring, now);
    if (unended.stream().noneMatch(key -> !now.isBefore(key.statement().activeFrom()))) {
      return isAwaited(known, unended) && !known.atOnce.contains(ring.toString())
          ? Optional.empty()
          : Optional.of(window(now.truncatedTo(ChronoUnit.SECONDS), schedule));
    }
    KeyStatement newest = unended.getLast().statement();
    Instant soonest = up(now.plus(propagation(schedule, unended)).plus(ASKING));
    if (!purpose.fits(newest)) {
      // What the key is for was configured anew: the next one comes as soon as it can be known.
      return Optional.of(window(soonest, schedule));
    }
    // A key that was stated under a shorter period may end before this one's is over.
    Instant planned =
        earlier(
            newest.activeFrom().plus(schedule.usage()),
            newest.activeUntil().minus(schedule.propagation()));
    Duration lead = schedule.lead();
    Instant late = newest.activeUntil().minus(lead);
    boolean waits = known.ring.isPausedAt(now) && now.isBefore(late);
    return waits || now.isBefore(planned.minus(lead))
        ? Optional.empty()
        : Optional.of(window(planned.isBefore(soonest) ? soonest : planned, schedule));
  }

  /**
   * Whether a key of a ring that has none now is on its way and nothing brings one sooner: the
   * ring's first key beside others that sign, which has to be known first. Where those others are
   * lost, too, waiting helps nobody: a new key signs at once, and the one that waits is followed.
   */
  private static boolean isAwaited(Known known, List<TokenKey> toCome) {
    return toCome.stream().anyMatch(key -> known.postponed.contains(key.kid()));
  }

  /** How far ahead the next key must stand: what is configured, and what the last ones promise. */
  private static Duration propagation(KeySchedule schedule, List<TokenKey> keys) {
    Duration longest = schedule.propagation();
    for (TokenKey key : keys) {
      Duration promised = key.statement().successorLead();
      longest = longest.compareTo(promised) < 0 ? promised : longest;
    }
    return longest;
  }

  static KeyRing.Window window(Instant from, KeySchedule schedule) {
    return new KeyRing.Window(from, from.plus(schedule.window()));
  }

  private static Instant earlier(Instant one, Instant other) {
    return one.isBefore(other) ? one : other;
  }

  private static Instant up(Instant instant) {
    Instant whole = instant.truncatedTo(ChronoUnit.SECONDS);
    return whole.equals(instant) ? whole : whole.plusSeconds(1);
  }

  /** A later window for a key that the registrar would not have sooner. */
  static KeyStep.Postpone postpone(
      TokenKey key, KeySchedule schedule, Instant registrarsNow, Duration lead) {
    return new KeyStep.Postpone(key, window(up(registrarsNow.plus(lead).plus(ASKING)), schedule));
  }

  private static void retire(Known known, Instant now, List<KeyStep> steps) {
    KeyRing ring = known.ring;
    for (TokenKey key : ring.keys()) {
      boolean over = !now.isBefore(key.statement().activeUntil().plus(KeySchedule.RETIRE_AFTER));
      boolean retires = over || isFollowed(ring, key, now) || isNoMore(ring, key, now);
      if (retires && !ring.retired().contains(key.kid())) {
        steps.add(new KeyStep.Retire(key.number(), key.kid()));
      }
      // With a window that is over the statement itself says that the key signs no more.
      if (over || ring.retired().contains(key.kid())) {
        steps.add(new KeyStep.Destroy(key));
      }
    }
    int last = known.statements.keySet().stream().max(Integer::compare).orElse(0);
    known.statements.forEach(
        (number, statement) -> {
          boolean held = ring.keys().stream().anyMatch(key -> key.number() == number);
          if (!held && now.isBefore(statement.verifyUntil())) {
            if (!ring.retired().contains(statement.kid())) {
              // It ended while the registrar was away.
              steps.add(new KeyStep.Retire(number, statement.kid()));
            }
          } else if (!held
              && number < last
              && !now.isBefore(statement.verifyUntil().plus(FORGET_AFTER))) {
            steps.add(new KeyStep.Forget(number));
          }
        });
  }

  /** Whether a later key has signed for long enough. */
  private static boolean isFollowed(KeyRing ring, TokenKey key, Instant now) {
    Optional<TokenKey> active = ring.activeAt(key.ring(), now);
    if (active.isEmpty() || active.get().number() <= key.number()) {
      return false;
    }
    Instant since = active.get().statement().activeFrom();
    if (ring.pause().isPresent()
        && since.isAfter(ring.pause().get().since())
        && since.isBefore(ring.pause().get().until())) {
      since = ring.pause().get().until();
    }
    return !now.isBefore(since.plus(KeySchedule.RETIRE_AFTER));
  }

  /** Whether a key was taken back, or its ring configured away, long enough ago. */
  private static boolean isNoMore(KeyRing ring, TokenKey key, Instant now) {
    Instant aside = ring.setAside().get(key.kid());
    return aside != null && !now.isBefore(aside.plus(KeySchedule.RETIRE_AFTER));
  }
}
