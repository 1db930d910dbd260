package dev.counterfoil.cli;

import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.KeySet;
import dev.counterfoil.format.TrustPolicy;
import dev.counterfoil.verifier.HttpReadSide;
import dev.counterfoil.verifier.KeySetSource;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;

/** What an authority's key log says, mirrored and verified from the policy's root down. */
final class PublishedKeys {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private PublishedKeys() {}

  static KeySet fetch(TrustPolicy policy) throws FormatException {
    try {
      return KeySetSource.read(
          policy, HttpReadSide.create(TIMEOUT), InstantSource.system().instant());
    } catch (IOException e) {
      throw CommandFailure.unavailable(
          "the key log of "
              + policy.issuer()
              + " cannot be read: is counterfoil up running? ("
              + e.getMessage()
              + ")");
    }
  }
}
