package dev.counterfoil.keycloak;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the record door, and what follows from it.
 *
 * @param kind what the last request met
 * @param last when it was last reachable; null when that is not known, or when it has refused this
 *     source since
 * @param why what was wrong, or nothing
 */
record DoorState(Kind kind, @Nullable Instant last, String why) {
  enum Kind {
    /** Nothing was asked since the start. */
    UNKNOWN,
    REACHABLE,
    /** No answer, or one that says: not at the moment. */
    AWAY,
    /** An answer that refuses this source, which is no reason to do without the door. */
    REFUSING
  }

  /**
   * At the start.
   *
   * @param last when it was last reachable, if an earlier process left that behind
   */
  static DoorState unknown(@Nullable Instant last) {
    return new DoorState(Kind.UNKNOWN, last, "");
  }

  DoorState reached(Instant now) {
    return new DoorState(Kind.REACHABLE, now, "");
  }

  DoorState missed(String reason) {
    return new DoorState(Kind.AWAY, last, reason);
  }

  DoorState refused(String reason) {
    return new DoorState(Kind.REFUSING, null, reason);
  }

  /** Whether a token has to be handed in before something else is known. */
  boolean asks() {
    return kind == Kind.UNKNOWN || kind == Kind.REACHABLE;
  }

  /** Whether tokens may be released unrecorded, to be handed in late. */
  boolean releases(Instant now, Duration releaseFor) {
    return kind == Kind.AWAY && last != null && now.isBefore(last.plus(releaseFor));
  }
}
