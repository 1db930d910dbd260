package dev.counterfoil.signin.sessions;

import dev.counterfoil.format.bytes.Hash;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Which secret of a session counts now. Each is exchanged for the next after a while, so that a
 * copy of a browser's cookies shows: one of the two then holds a secret that was exchanged. The
 * same rule as for refresh tokens (RFC 9700 4.14.2). Pure.
 *
 * @param now hash of the present secret
 * @param before hash of the one before; empty at first
 * @param at when it was exchanged for the present one
 * @param isUsed whether the present one came back: before that, its answer may have been lost
 */
public record SessionTurn(Hash now, Optional<Hash> before, Instant at, boolean isUsed) {
  /** After which a secret is exchanged, at the next page. */
  public static final Duration EVERY = Duration.ofSeconds(30);

  /** How long the one before still counts once the present one came back: for pages beside it. */
  public static final Duration BESIDE = Duration.ofSeconds(10);

  /** What a secret is to a session. */
  enum Verdict {
    PRESENT,
    /** The one before, while that may be. */
    BEFORE,
    /** One that was exchanged: two hold the session. */
    EXCHANGED
  }

  Verdict judge(Hash presented, Instant time) {
    if (isSame(presented, now)) {
      return Verdict.PRESENT;
    }
    boolean isBefore = before.filter(hash -> isSame(presented, hash)).isPresent();
    return isBefore && (!isUsed || time.isBefore(at.plus(BESIDE)))
        ? Verdict.BEFORE
        : Verdict.EXCHANGED;
  }

  boolean isDue(Instant time) {
    return !time.isBefore(at.plus(EVERY));
  }

  SessionTurn used() {
    return new SessionTurn(now, before, at, true);
  }

  private static boolean isSame(Hash one, Hash other) {
    return MessageDigest.isEqual(one.bytes(), other.bytes());
  }
}
