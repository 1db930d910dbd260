package dev.counterfoil.verifier.reporting;

import dev.counterfoil.format.word.Acknowledgement;
import dev.counterfoil.format.word.Sighting;

/** Takes reports of tokens that were presented, and what their verifier says of itself. */
@FunctionalInterface
public interface SightingSink {
  /** Takes a report; returns at once and never throws, since a request waits for it. */
  void report(Sighting sighting);

  /**
   * Takes what a verifier holds of the key log; returns at once and never throws, since the keys
   * wait for it. Only the last one counts.
   */
  default void acknowledge(Acknowledgement acknowledgement) {}

  /** The name of this process in what it acknowledges. */
  default String instance() {
    return "unnamed";
  }

  /** Tells nobody. */
  static SightingSink none() {
    return sighting -> {};
  }
}
