package dev.counterfoil.verifier;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * Says in the service's log that tokens pass which nothing shows to be issued: at the start, and
 * then of those that did, in one line a while. The monitor hears of each by its sighting.
 */
final class UnshownTokens {
  /** Least time between two lines. */
  static final Duration EVERY = Duration.ofSeconds(10);

  private static final System.Logger LOG = System.getLogger(UnshownTokens.class.getName());

  private final String issuer;
  private final InstantSource clock;
  private Instant saidAt = Instant.MIN;
  private long unsaid;

  UnshownTokens(String issuer, InstantSource clock) {
    this.issuer = issuer;
    this.clock = clock;
    LOG.log(
        Level.WARNING,
        "tokens of {0} that were never issued PASS HERE and are reported only: reportedOnly is for"
            + " a service that cannot refuse yet",
        issuer);
  }

  /** One passed. */
  synchronized void passed(Refused refusal) {
    unsaid++;
    Instant now = clock.instant();
    if (now.isBefore(saidAt) || !now.isBefore(saidAt.plus(EVERY))) {
      LOG.log(
          Level.WARNING,
          "{0} of the tokens of {1} passed though nothing shows that they were issued; the last one:"
              + " {2}, {3}",
          unsaid,
          issuer,
          refusal.code().text(),
          refusal.reason());
      saidAt = now;
      unsaid = 0;
    }
  }
}
