package dev.counterfoil.verifier;

import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.verifier.reading.ReadSide;
import dev.counterfoil.verifier.reporting.SightingSink;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.ScheduledThreadPoolExecutor;

/** A verifier that does in the background what its owner says, when he says it. */
public final class SteppedVerifier implements AutoCloseable {
  private final ScheduledThreadPoolExecutor nobody;
  private final Verifier verifier;

  public SteppedVerifier(
      TrustPolicy policy, ReadSide network, InstantSource clock, SightingSink sightings) {
    // It gets no thread, so that what is due waits for good.
    nobody = new ScheduledThreadPoolExecutor(1, task -> null);
    // It waits for no tip: that would be by the machine's clock, which goes on beside the stepped
    // one. So a log is taken to come as far as it likes between two looks.
    VerifierLimits usual = VerifierLimits.defaults();
    VerifierLimits limits =
        new VerifierLimits(
            usual.refreshEvery(),
            usual.staleAfter(),
            usual.fetchTimeout(),
            Duration.ZERO,
            1_000_000_000_000L,
            usual.clockSkew(),
            usual.tokensMax(),
            usual.tilesMax());
    verifier =
        Verifier.builder(policy)
            .network(network)
            .clock(clock)
            .limits(limits)
            .scheduler(nobody)
            .sightings(sightings)
            .build();
  }

  /** Looks at the key log, as the background does every two seconds. */
  public void refreshKeys() {
    verifier.refreshKeys();
  }

  /** Whether it has keys that count now. */
  public boolean isReady() {
    return verifier.isReady();
  }

  public Verification verify(String token, Expectations expectations) {
    return verifier.verify(token, expectations);
  }

  @Override
  public void close() {
    verifier.close();
    nobody.shutdownNow();
  }
}
