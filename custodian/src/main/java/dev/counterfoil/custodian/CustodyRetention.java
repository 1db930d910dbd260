package dev.counterfoil.custodian;

import dev.counterfoil.custodian.following.FollowedIssuer;
import dev.counterfoil.custodian.following.LogFollower;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;

/**
 * What becomes of counterfoils as they age: their segments are closed, archived, and forgotten.
 * Audit events are never forgotten here: a monitor whose folder is lost gets its log back from the
 * first record on or not at all.
 *
 * <p>Nothing of it before this machine's clock is known to be that of the domain's witnesses: one
 * that was set years ahead would have everything forgotten that tokens which are out are proved by.
 */
public final class CustodyRetention {
  /** Time from its first token's expiry on after which a segment is closed, full or not. */
  public static final Duration SEGMENT_AGE_MAX = Duration.ofDays(7);

  /** Time from a token's expiry on after which it is hardly looked up any more. */
  static final Duration ARCHIVED_AFTER = Duration.ofHours(1);

  private final List<FollowedIssuer> issuers;
  private final Duration keep;
  private final InstantSource clock;
  private final SecureRandom random;

  /**
   * Of what a custodian holds.
   *
   * @param keep how long counterfoils are kept after their tokens' expiry
   */
  public CustodyRetention(
      List<FollowedIssuer> issuers, Duration keep, InstantSource clock, SecureRandom random) {
    this.issuers = issuers;
    this.keep = keep;
    this.clock = clock;
    this.random = random;
  }

  /**
   * Does what is due now, for each domain by whose witnesses the clock is right.
   *
   * @return whether it is so for all of them; else this is to be tried again soon
   */
  public boolean step() throws IOException {
    boolean all = true;
    for (FollowedIssuer issuer : issuers) {
      // Read before the clock is looked at: one that is set in between is not gone by.
      Instant now = clock.instant();
      if (issuer.isClockRight()) {
        step(issuer, now);
      } else {
        all = false;
      }
    }
    return all;
  }

  private void step(FollowedIssuer issuer, Instant now) throws IOException {
    for (LogFollower follower : issuer.followers().values()) {
      close(issuer, follower, now);
      follower.custody().held().forget(now.minus(keep).getEpochSecond());
      archive(follower, now);
      while (follower.custody().held().findSubjects()) {}
    }
    for (LogFollower follower : issuer.auditLogs()) {
      if (!follower.isAbandoned()) {
        try {
          close(issuer, follower, now);
          archive(follower, now);
        } catch (IOException | RuntimeException e) {
          // Its end, and nobody else's.
          follower.abandon(e);
        }
      }
    }
  }

  private static void close(FollowedIssuer issuer, LogFollower follower, Instant now)
      throws IOException {
    follower.closeOld(now.minus(openFor(issuer, follower)).getEpochSecond());
  }

  private void archive(LogFollower follower, Instant now) throws IOException {
    follower.custody().held().archive(now.minus(ARCHIVED_AFTER).getEpochSecond(), random);
  }

  /** Of a log that has ended nothing more comes: its last segment need not wait. */
  private static Duration openFor(FollowedIssuer issuer, LogFollower follower) {
    boolean ended =
        issuer.keySet().stream()
            .flatMap(set -> set.endedLogs().stream())
            .anyMatch(log -> log.log().equals(follower.log().name()));
    return ended ? ARCHIVED_AFTER : SEGMENT_AGE_MAX;
  }
}
