package dev.counterfoil.cli.command;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.policy.LogPolicy;
import dev.counterfoil.format.policy.TrustPolicy;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A policy that a command was given: ours, or a plain one of c2sp.org/tlog-policy.
 *
 * @param trust where it is ours, all of it
 * @param logs the logs, witnesses and quorum in it
 */
public record PolicyFile(Optional<TrustPolicy> trust, LogPolicy logs) {
  public static PolicyFile read(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] content = in.readNBytes(LogPolicy.BYTES_MAX + 1);
      boolean isOurs =
          new String(content, StandardCharsets.UTF_8)
              .lines()
              .anyMatch(line -> line.strip().matches("(domain|issuer|root)\\s.*"));
      if (!isOurs) {
        return new PolicyFile(Optional.empty(), LogPolicy.parse(content));
      }
      return of(TrustPolicy.parse(content));
    } catch (IOException e) {
      throw CommandFailure.environment("cannot read the policy " + file + ": " + e.getMessage());
    } catch (FormatException e) {
      throw CommandFailure.environment(file + ": " + e.getMessage());
    }
  }

  static PolicyFile of(TrustPolicy policy) {
    return new PolicyFile(Optional.of(policy), policy.logPolicy());
  }

  /** Whether it wants cosignatures. */
  public boolean hasQuorum() {
    return !logs.quorum().equals(LogPolicy.NONE);
  }
}
