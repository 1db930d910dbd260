package dev.counterfoil.verifier;

import dev.counterfoil.verifier.reading.ReadSide;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/**
 * Says that this host's clock and the authority's do not agree, so that nobody takes a clock for an
 * attack. By the {@code Date} of the authority's answers, which nobody vouches for: it changes what
 * a refusal says, and never whether a token is refused.
 */
final class ClocksApart {
  /** Less is the way of an answer, and {@code Date} has whole seconds. */
  static final Duration APART_MIN = Duration.ofSeconds(5);

  private static final System.Logger LOG = System.getLogger(ClocksApart.class.getName());

  private final ReadSide network;
  private final URI issuer;
  private volatile boolean said;

  ClocksApart(ReadSide network, URI issuer) {
    this.network = network;
    this.issuer = issuer;
  }

  /** What is wrong with the clocks, and what to do; empty when they agree or nothing is known. */
  Optional<String> trouble() {
    return network
        .clockAhead(issuer)
        .filter(ahead -> ahead.abs().compareTo(APART_MIN) >= 0)
        .map(
            ahead ->
                "the clock of this host is %d seconds %s that of %s: set the one that is wrong"
                    .formatted(
                        ahead.abs().toSeconds(),
                        ahead.isNegative() ? "ahead of" : "behind",
                        issuer.getHost()));
  }

  /** What is said of a refusal, with the clock's part in it. */
  String with(String reason) {
    return trouble().map(trouble -> reason + "; " + trouble).orElse(reason);
  }

  /** Logs when the clocks begin to disagree, and when they agree again. */
  void look() {
    Optional<String> trouble = trouble();
    if (trouble.isPresent() && !said) {
      said = true;
      LOG.log(Level.WARNING, "Tokens may be refused: {0}.", trouble.get());
    } else if (trouble.isEmpty() && said) {
      said = false;
      LOG.log(Level.INFO, "The clocks of this host and of {0} agree again.", issuer.getHost());
    }
  }
}
