package dev.counterfoil.monitor.judging;

import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.word.Sighting;
import dev.counterfoil.monitor.watching.FollowedDomain;
import dev.counterfoil.monitor.watching.KnownKey;
import java.time.Instant;
import java.util.Optional;

/**
 * One token before the judge.
 *
 * @param domain that it claims, or its key's
 * @param key that it names, where somebody stated it
 * @param signedByKey whether that key has signed it, as far as it was handed in
 * @param receivedAt when its sighting came in
 * @param waitsSince the same, or when this monitor started, where that is later
 */
record TokenCase(
    Presented presented,
    FollowedDomain domain,
    KeySet keys,
    Optional<KnownKey> key,
    boolean signedByKey,
    Instant receivedAt,
    Instant waitsSince,
    Instant now) {
  /** Whether a service took it, or its key has signed it. */
  boolean isMoreThanNoise() {
    Sighting sighting = presented.sighting();
    return sighting.isAccepted() || sighting.isUnrecorded() || signedByKey || sighting.signed();
  }

  /** Claims are anybody's numbers: the nearest instant that there is. */
  static Instant instant(long epochSecond) {
    return Instant.ofEpochSecond(
        Math.clamp(epochSecond, Instant.MIN.getEpochSecond(), 100_000_000_000L));
  }
}
