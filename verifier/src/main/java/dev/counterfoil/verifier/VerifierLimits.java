package dev.counterfoil.verifier;

import java.time.Duration;

/**
 * How long a verifier waits, trusts and remembers.
 *
 * @param refreshEvery how often the key set is fetched, in the background, from an issuer that does
 *     not tell of changes as they come; and the time after which a failed fetch is tried again
 * @param staleAfter age of the last fetch from which on tokens are refused; the key set's own end
 *     is kept besides
 * @param fetchTimeout longest wait for one answer over the network
 * @param tipWait longest wait for a checkpoint that covers a token younger than the log's tip
 * @param issuedPerSecondMax the fastest that one log can issue: a position further past the tip
 *     than this rate reaches within {@code tipWait} is refused at once
 * @param clockSkew how far an {@code iat} or {@code nbf} may lie in the future; {@code exp} is kept
 *     to the second
 * @param tokensMax verified tokens remembered, about 1 KB each
 * @param tilesMax proven tiles remembered for each log, 8 KB each: 256 tokens
 */
public record VerifierLimits(
    Duration refreshEvery,
    Duration staleAfter,
    Duration fetchTimeout,
    Duration tipWait,
    long issuedPerSecondMax,
    Duration clockSkew,
    int tokensMax,
    int tilesMax) {
  public VerifierLimits {
    if (!isPositive(refreshEvery)
        || !isPositive(staleAfter)
        || !isPositive(fetchTimeout)
        || tipWait.isNegative()
        || clockSkew.isNegative()
        || issuedPerSecondMax < 1
        || tokensMax < 1
        || tilesMax < 1) {
      throw new IllegalArgumentException("a verifier's limits are positive");
    }
  }

  /**
   * As far as heads of the key log may be ahead, so that one figure holds for a clock. It gives no
   * token a longer life, since {@code exp} is kept to the second.
   */
  private static final Duration CLOCK_SKEW = KeyLogMirror.AHEAD_MAX;

  private static boolean isPositive(Duration duration) {
    return !duration.isNegative() && !duration.isZero();
  }

  /** What most services want. */
  public static VerifierLimits defaults() {
    return new VerifierLimits(
        Duration.ofSeconds(2),
        Duration.ofMinutes(5),
        Duration.ofSeconds(2),
        Duration.ofSeconds(1),
        100_000,
        CLOCK_SKEW,
        50_000,
        1024);
  }

  /** The same with another rhythm of fetching the key set. */
  public VerifierLimits withKeys(Duration refresh, Duration stale) {
    return new VerifierLimits(
        refresh, stale, fetchTimeout, tipWait, issuedPerSecondMax, clockSkew, tokensMax, tilesMax);
  }

  /** The same with other waits for the network and for the log's tip. */
  public VerifierLimits withWaits(Duration fetch, Duration tip) {
    return new VerifierLimits(
        refreshEvery, staleAfter, fetch, tip, issuedPerSecondMax, clockSkew, tokensMax, tilesMax);
  }

  /** The same with another tolerance for tokens from a time to come. */
  public VerifierLimits withClockSkew(Duration skew) {
    return new VerifierLimits(
        refreshEvery,
        staleAfter,
        fetchTimeout,
        tipWait,
        issuedPerSecondMax,
        skew,
        tokensMax,
        tilesMax);
  }

  /** The same with other bounds on memory. */
  public VerifierLimits withMemory(int tokens, int tiles) {
    return new VerifierLimits(
        refreshEvery,
        staleAfter,
        fetchTimeout,
        tipWait,
        issuedPerSecondMax,
        clockSkew,
        tokens,
        tiles);
  }
}
