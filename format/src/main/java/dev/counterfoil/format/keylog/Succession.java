package dev.counterfoil.format.keylog;

import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.KeyStatement.Ring;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which keys of a domain can sign, by its key log alone, and how long before it signs the next one
 * must stand there. A service that knows keys from a cached JWKS learns of a new one when its copy
 * ends; so every key names how far ahead of its first token its successor is stated ({@link
 * KeyStatement#successorLead}), the log takes no successor sooner, and {@link JwksMaxAge} lets no
 * copy live longer.
 *
 * <p>A key may sign at once where no copy can lack it or where waiting helps nobody:
 *
 * <ul>
 *   <li>no key of the domain can sign: nobody is given a JWKS that may be kept; those that were
 *       given until the last one retired have ended when its promise has;
 *   <li>the domain began a moment ago, for the same reason;
 *   <li>the ring's last key that signed was taken back or its log has ended, and its time would not
 *       be over yet: this is the replacement, though keys are stated that will sign later. Until it
 *       comes no JWKS may be kept.
 * </ul>
 *
 * <p>What is judged here is never forgotten by anybody's clock but the entries' own times, so that
 * everybody who reads the log, now or in years, judges alike. Not safe for concurrent use.
 */
final class Succession {
  /** How long after its first key a domain begins: the keys of its other rings are stated. */
  static final Duration BEGINNING = Duration.ofMinutes(10);

  /** A key that can sign. */
  private record Live(
      Ring ring, Instant from, Instant until, Duration successorLead, Optional<String> log) {
    boolean hasBegun(Ring of, Instant at) {
      return ring.equals(of) && !at.isBefore(from);
    }

    boolean signs(Ring of, Instant at) {
      return hasBegun(of, at) && at.isBefore(until);
    }
  }

  private final Map<String, Live> live = new LinkedHashMap<>();

  /**
   * Rings whose last key that signed was taken away, until another one of them begins to sign; with
   * the time to which that key would have signed.
   */
  private final Map<Ring, Instant> interrupted = new LinkedHashMap<>();

  private @Nullable Instant servingSince;

  /** The last key that could sign, when it retired. */
  private @Nullable Promise promise;

  /**
   * What a key promised that retired when no other could sign.
   *
   * @param until to when a copy may live that was given before
   */
  private record Promise(String kid, Live key, Instant until) {}

  Succession() {}

  private Succession(Succession other) {
    live.putAll(other.live);
    interrupted.putAll(other.interrupted);
    servingSince = other.servingSince;
    promise = other.promise;
  }

  Succession copy() {
    return new Succession(this);
  }

  /** Since when some key of the domain could sign at every time; empty before the first. */
  Optional<Instant> servingSince() {
    return Optional.ofNullable(servingSince);
  }

  /** Rings whose next key may sign at once unless one of them has begun to, and until when. */
  Map<Ring, Instant> interruptions() {
    return Map.copyOf(interrupted);
  }

  /**
   * How long before it signs a key must stand in the log that is stated at an instant, so that no
   * copy lacks it. A registrar asks for that; {@link #objection} takes what registrars asked for
   * before, since a log is judged alike for ever.
   */
  Duration lead(Ring ring, Instant at) {
    if (isReplaced(ring, at) && at.isBefore(interrupted.getOrDefault(ring, Instant.MIN))) {
      return Duration.ZERO;
    }
    return longer(isBeginning(at) ? Duration.ZERO : longest(at), promised(at));
  }

  /** What every reader asks of an entry. */
  private Duration leadAtLeast(Ring ring, Instant at) {
    return isBeginning(at) || isReplaced(ring, at) ? Duration.ZERO : longest(at);
  }

  /** How far ahead any key must stand, but a replacement. */
  Duration most(Instant at) {
    return longer(longest(at), promised(at));
  }

  private boolean isBeginning(Instant at) {
    return servingSince != null && at.isBefore(servingSince.plus(BEGINNING));
  }

  private boolean isReplaced(Ring ring, Instant at) {
    return interrupted.containsKey(ring)
        && live.values().stream().noneMatch(key -> key.hasBegun(ring, at));
  }

  private Duration promised(Instant at) {
    return promise == null || !at.isBefore(promise.until)
        ? Duration.ZERO
        : Duration.between(at, promise.until);
  }

  /** The longest time ahead that any key that can sign promises. */
  private Duration longest(Instant at) {
    Duration longest = Duration.ZERO;
    for (Live key : live.values()) {
      if (at.isBefore(key.until) && longest.compareTo(key.successorLead) < 0) {
        longest = key.successorLead;
      }
    }
    return longest;
  }

  /** What keeps a key from being stated now; empty when it may be. */
  Optional<String> objection(KeyStatement key, Instant at) {
    if (key.isForeign()) {
      // It signs elsewhere, and did so before; and no JWKS of ours has it.
      return Optional.empty();
    }
    Duration lead = leadAtLeast(key.ring(), at);
    return key.activeFrom().isBefore(at.plus(lead)) && !lead.isZero()
        ? Optional.of(
            "key would sign sooner than the "
                + lead.toSeconds()
                + " seconds ahead that its predecessors promise")
        : Optional.empty();
  }

  void stated(KeyStatement key, Instant at) {
    if (key.isForeign()) {
      return;
    }
    live.values().forEach(old -> resume(old, at));
    live.values().removeIf(old -> !at.isBefore(old.until));
    if (live.isEmpty()) {
      servingSince = at;
    }
    Live fresh =
        new Live(key.ring(), key.activeFrom(), key.activeUntil(), key.successorLead(), key.log());
    live.put(key.kid(), fresh);
    resume(fresh, at);
  }

  private void resume(Live key, Instant at) {
    if (key.hasBegun(key.ring, at)) {
      interrupted.remove(key.ring);
    }
  }

  /** A key was tainted, revoked or withdrawn. */
  void takenBack(String kid, Instant at) {
    live.values().forEach(one -> resume(one, at));
    Live key = live.remove(kid);
    if (key != null) {
      interrupt(key, at);
    } else if (promise != null && promise.kid.equals(kid)) {
      // Whoever may have stolen a key may have had it retired: its replacement waits for nothing.
      interrupt(promise.key, at);
      promise = null;
    }
  }

  private void interrupt(Live key, Instant at) {
    if (at.isBefore(key.until)
        && live.values().stream().noneMatch(other -> other.signs(key.ring, at))) {
      interrupted.merge(key.ring, key.until, Succession::later);
    }
  }

  private static Duration longer(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? other : one;
  }

  private static Instant later(Instant one, Instant other) {
    return one.isBefore(other) ? other : one;
  }

  /** A key signs no more, as it was planned. */
  void retired(String kid, Instant at) {
    live.values().forEach(one -> resume(one, at));
    Live key = live.remove(kid);
    if (key != null && live.values().stream().noneMatch(one -> at.isBefore(one.until))) {
      Instant kept = at.plus(key.successorLead);
      promise = new Promise(kid, key, kept.isBefore(key.until) ? kept : key.until);
    }
  }

  /** A log has ended, and with it the signer that records there. */
  void ended(String log, Instant at) {
    live.entrySet().stream()
        .filter(entry -> entry.getValue().log.filter(log::equals).isPresent())
        .map(Map.Entry::getKey)
        .toList()
        .forEach(kid -> takenBack(kid, at));
  }
}
