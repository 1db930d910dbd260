package dev.counterfoil.verifier;

import java.time.Duration;

/**
 * What a verifier that receives every leaf ({@link VerifierBuilder#stream}) keeps, and for how long
 * it works on without its issuer.
 *
 * @param outageMax how old the key log's head may become before tokens are refused, in the place of
 *     a shorter {@link VerifierLimits#staleAfter}: so long a dead issuer is no outage for tokens
 *     whose leaves are here, and so long whoever cuts this service off hides revocations from it.
 *     Keys' own ends are kept besides
 * @param leavesMax leaves kept of each log, eight bytes each; older ones are looked for in tiles
 * @param backfill leaves of each log that are fetched at the start, 32 bytes each, so that tokens
 *     issued before it need no tiles
 */
public record StreamLimits(Duration outageMax, int leavesMax, int backfill) {
  public StreamLimits {
    if (outageMax.isNegative() || leavesMax < 1 || backfill < 0 || backfill > leavesMax) {
      throw new IllegalArgumentException("a stream's limits are positive, and it keeps its start");
    }
  }

  /** An hour without the issuer, 16 million leaves (128 MB), the last 262,144 from the start on. */
  public static StreamLimits defaults() {
    return new StreamLimits(Duration.ofHours(1), 16_000_000, 262_144);
  }
}
