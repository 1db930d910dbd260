package dev.counterfoil.cli.command;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.verifier.KeyAudit;
import dev.counterfoil.verifier.KeySetSource;
import dev.counterfoil.verifier.reading.HttpReadSide;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** What an authority's key log says, mirrored and verified from the policy's root down. */
public final class FetchedKeys {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private FetchedKeys() {}

  public static KeySet fetch(TrustPolicy policy) {
    try {
      return KeySetSource.read(
          policy, HttpReadSide.create(TIMEOUT), InstantSource.system().instant());
    } catch (IOException | FormatException e) {
      throw failed(policy, e);
    }
  }

  /** The same from its first entry on, with all that was. */
  public static KeyAudit audit(TrustPolicy policy, Instant now) {
    try {
      return KeyAudit.read(policy, HttpReadSide.create(TIMEOUT), now);
    } catch (IOException | FormatException e) {
      throw failed(policy, e);
    }
  }

  private static CommandFailure failed(TrustPolicy policy, Exception e) {
    return e instanceof IOException unread
        ? unreadable(policy, unread)
        : CommandFailure.no("the key log does not verify: " + e.getMessage());
  }

  private static CommandFailure unreadable(TrustPolicy policy, IOException e) {
    return CommandFailure.unavailable(
        "cannot read the key log of "
            + policy.issuer()
            + ". Is counterfoil up running? ("
            + CommandFailure.reason(e)
            + ")");
  }
}
