package dev.counterfoil.verifier;

import dev.counterfoil.format.Sighting;

/** Takes reports of tokens that were presented. */
@FunctionalInterface
public interface SightingSink {
  /** Takes a report; returns at once and never throws, since a request waits for it. */
  void report(Sighting sighting);

  /** Tells nobody. */
  static SightingSink none() {
    return sighting -> {};
  }
}
