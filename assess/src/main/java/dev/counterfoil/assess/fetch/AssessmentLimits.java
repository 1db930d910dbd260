package dev.counterfoil.assess.fetch;

import java.time.Duration;

/**
 * Bounds on what an assessment reads. An issuer that exceeds one gets a finding or a note, never
 * more memory or time.
 *
 * @param documentBytes longest metadata document or key set; real ones are 2–40 KB
 * @param fetchTime longest time for one document, connection and body together
 * @param redirects redirects followed for one document, on the same host only
 * @param issuers most issuers in one assessment
 * @param keySets most deployed key sets in one assessment
 * @param keysPerSet most keys read of one set; the rest is counted and not looked at
 * @param certificatesPerKey most certificates read of one {@code x5c}
 * @param tokens most sample tokens
 * @param tokenBytes longest sample token
 * @param evidenceLines most lines of evidence under one finding
 */
public record AssessmentLimits(
    int documentBytes,
    Duration fetchTime,
    int redirects,
    int issuers,
    int keySets,
    int keysPerSet,
    int certificatesPerKey,
    int tokens,
    int tokenBytes,
    int evidenceLines) {

  /** Generous for real issuers, small for a laptop. */
  public static final AssessmentLimits DEFAULT =
      new AssessmentLimits(1 << 20, Duration.ofSeconds(10), 3, 20, 20, 100, 10, 200, 64 << 10, 12);

  public AssessmentLimits {
    positive("documentBytes", documentBytes);
    positive("issuers", issuers);
    positive("keySets", keySets);
    positive("keysPerSet", keysPerSet);
    positive("certificatesPerKey", certificatesPerKey);
    positive("tokens", tokens);
    positive("tokenBytes", tokenBytes);
    positive("evidenceLines", evidenceLines);
    if (redirects < 0) {
      throw new IllegalArgumentException("redirects must not be negative: " + redirects);
    }
    if (!fetchTime.isPositive()) {
      throw new IllegalArgumentException("fetchTime must be positive: " + fetchTime);
    }
  }

  private static void positive(String name, int value) {
    if (value <= 0) {
      throw new IllegalArgumentException(name + " must be positive: " + value);
    }
  }
}
