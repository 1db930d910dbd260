package dev.counterfoil.custodian;

import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;

/**
 * What becomes of counterfoils as they age: their segments are closed, archived, and forgotten.
 * Nothing of it while this machine's clock is not the witnesses': one that was set years ahead
 * would have everything forgotten that tokens which are out are proved by.
 */
final class CustodyRetention {
  /** Time from its first token's expiry on after which a segment is closed, full or not. */
  static final Duration SEGMENT_AGE_MAX = Duration.ofDays(7);

  /** Time from a token's expiry on after which it is hardly looked up any more. */
  static final Duration ARCHIVED_AFTER = Duration.ofHours(1);

  private final List<FollowedIssuer> issuers;
  private final Collection<LogFollower> logs;
  private final Duration keep;
  private final InstantSource clock;
  private final SecureRandom random;

  /**
   * Of what a custodian holds.
   *
   * @param logs all of the issuers, as they are at each step
   * @param keep how long counterfoils are kept after their tokens' expiry
   */
  CustodyRetention(
      List<FollowedIssuer> issuers,
      Collection<LogFollower> logs,
      Duration keep,
      InstantSource clock,
      SecureRandom random) {
    this.issuers = issuers;
    this.logs = logs;
    this.keep = keep;
    this.clock = clock;
    this.random = random;
  }

  /** Does what is due now. */
  void step() throws IOException {
    if (issuers.stream().anyMatch(issuer -> issuer.clockOff().isPresent())) {
      return;
    }
    Instant now = clock.instant();
    for (LogFollower follower : logs) {
      follower.closeOld(oldBefore(follower, now).getEpochSecond());
      HeldSegments held = follower.custody().held();
      held.forget(now.minus(keep).getEpochSecond());
      held.archive(now.minus(ARCHIVED_AFTER).getEpochSecond(), random);
    }
  }

  /** Of a log that has ended nothing more comes: its last segment need not wait. */
  private Instant oldBefore(LogFollower follower, Instant now) {
    boolean ended =
        issuers.stream()
            .filter(issuer -> issuer.name().equals(follower.domain()))
            .flatMap(issuer -> issuer.keySet().stream())
            .flatMap(set -> set.endedLogs().stream())
            .anyMatch(log -> log.log().equals(follower.log().name()));
    return now.minus(ended ? ARCHIVED_AFTER : SEGMENT_AGE_MAX);
  }
}
