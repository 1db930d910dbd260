package dev.counterfoil.monitor;

import dev.counterfoil.format.Acknowledgement;
import dev.counterfoil.format.Sighting;
import dev.counterfoil.verifier.SightingSink;
import java.time.InstantSource;

/**
 * The monitor is a service as well, which verifies the tokens of those who call it: it acknowledges
 * to itself. Of the tokens it sees, the custodian has every counterfoil anyway.
 */
record OwnAcknowledgements(String domain, AcknowledgementStore store, InstantSource clock)
    implements SightingSink {
  private static final String NAME = "counterfoil-monitor";

  @Override
  public void report(Sighting sighting) {
    // Who calls with a forged token is refused and logged here.
  }

  @Override
  public void acknowledge(Acknowledgement acknowledgement) {
    store.take(domain + "/" + NAME, acknowledgement, clock.instant());
  }

  @Override
  public String instance() {
    return NAME;
  }
}
