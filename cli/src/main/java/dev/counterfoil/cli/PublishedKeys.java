package dev.counterfoil.cli;

import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.KeySet;
import dev.counterfoil.format.TrustPolicy;
import dev.counterfoil.verifier.HttpReadSide;
import dev.counterfoil.verifier.KeyAudit;
import dev.counterfoil.verifier.KeySetSource;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
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
      throw unreadable(policy, e);
    }
  }

  /** The same from its first entry on, with all that was. */
  static KeyAudit audit(TrustPolicy policy, Instant now) throws FormatException {
    try {
      return KeyAudit.read(policy, HttpReadSide.create(TIMEOUT), now);
    } catch (IOException e) {
      throw unreadable(policy, e);
    }
  }

  private static CommandFailure unreadable(TrustPolicy policy, IOException e) {
    return CommandFailure.unavailable(
        "the key log of "
            + policy.issuer()
            + " cannot be read: is counterfoil up running? ("
            + CommandFailure.reason(e)
            + ")");
  }
}
