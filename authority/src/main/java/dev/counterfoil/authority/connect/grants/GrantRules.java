package dev.counterfoil.authority.connect.grants;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** What a code or refresh token is good for. Pure. */
public final class GrantRules {
  /** FAPI 2.0 5.3.2.1. */
  public static final Duration CODE_LIFE = Duration.ofSeconds(60);

  /** How long the same successor is answered again: an answer may be lost, or a tab be late. */
  public static final Duration LOST_ANSWER = Duration.ofSeconds(30);

  /** From its last use. */
  public static final Duration IDLE_MAX = Duration.ofDays(30);

  /** From the sign-in. */
  public static final Duration LIFE_MAX = Duration.ofDays(90);

  private GrantRules() {}

  /** What becomes of a request with a secret. */
  public enum Verdict {
    /** It is the present secret: its successor is answered. */
    GOOD,
    /** Its successor was answered a moment ago and not used: the same is answered again. */
    AGAIN,
    /** It was used before: two parties hold it, so the grant ends. */
    USED,
    /** The grant is over, or the secret is none of it. */
    OVER,
    /** It is bound to another key. */
    OTHER_KEY
  }

  /**
   * How a grant stands.
   *
   * @param turn which secret is the present one
   * @param movedAt when the one before was used; when the grant began, for the code
   * @param tokensUntil when the last access token that was given out is over
   * @param key thumbprint that refresh tokens are bound to; empty for none
   * @param begunAt when the grant began
   * @param isEnded whether it was ended
   * @param refreshes whether it has refresh tokens
   */
  record Standing(
      int turn,
      Instant movedAt,
      Instant tokensUntil,
      Optional<String> key,
      Instant begunAt,
      boolean isEnded,
      boolean refreshes) {
    /** Whether none of its secrets counts any more. */
    private boolean hasExpired(Instant now) {
      return !now.isBefore(
          turn == 0
              ? begunAt.plus(CODE_LIFE)
              : refreshes ? least(movedAt.plus(IDLE_MAX), begunAt.plus(LIFE_MAX)) : movedAt);
    }

    /** Whether it can be forgotten: a second use is to be found while tokens of the first hold. */
    boolean isOver(Instant now) {
      return hasExpired(now) && !now.isBefore(tokensUntil);
    }

    private static Instant least(Instant one, Instant other) {
      return one.isBefore(other) ? one : other;
    }
  }

  /**
   * Decides.
   *
   * @param presented which secret it is
   * @param key thumbprint of the key that the request proved
   */
  static Verdict decide(Standing standing, int presented, Optional<String> key, Instant now) {
    if (standing.isEnded || presented > standing.turn || standing.isOver(now)) {
      // A turn that is still to come: the journal was put back to an earlier state.
      return Verdict.OVER;
    }
    boolean isPresent = presented == standing.turn;
    if (isPresent && (standing.hasExpired(now) || (presented > 0 && !standing.refreshes))) {
      return Verdict.OVER;
    }
    boolean isOtherKey = standing.key.isPresent() && !standing.key.equals(key);
    if (isPresent) {
      return isOtherKey ? Verdict.OTHER_KEY : Verdict.GOOD;
    }
    boolean isLast = presented == standing.turn - 1 && presented > 0;
    if (isLast && now.isBefore(standing.movedAt.plus(LOST_ANSWER))) {
      return isOtherKey ? Verdict.OTHER_KEY : Verdict.AGAIN;
    }
    return Verdict.USED;
  }
}
