package dev.counterfoil.cli.command;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.log.read.LogSource;
import dev.counterfoil.log.read.StaticLogSource;
import dev.counterfoil.verifier.KeyAudit;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.ProviderNotFoundException;
import java.time.Instant;

/** A key log read from where somebody says that it lies, and verified from the policy down. */
public final class ReplayedKeyLog {
  private ReplayedKeyLog() {}

  /**
   * Reads it.
   *
   * @param from its public folder or a copy of it, an archive, or its URL
   */
  public static KeyAudit read(TrustPolicy policy, String from, Instant now) {
    Path file = Path.of(from);
    try {
      if (Files.isRegularFile(file)) {
        try (FileSystem archive = FileSystems.newFileSystem(file)) {
          return replay(policy, new StaticLogSource(archive.getPath("/")), now);
        }
      }
      try (LogPlace.Opened log = LogPlace.open(from)) {
        return replay(policy, log.source(), now);
      }
    } catch (FormatException e) {
      throw CommandFailure.no("the key log does not verify: " + e.getMessage());
    } catch (ProviderNotFoundException e) {
      throw CommandFailure.environment(
          from + " is not an archive of a key log. counterfoil log export writes one");
    } catch (IOException e) {
      throw CommandFailure.unavailable(
          "cannot read the key log at "
              + from
              + ". Name its public folder (logs/keys), a copy of it, or its URL ("
              + e.getMessage()
              + ")");
    }
  }

  private static KeyAudit replay(TrustPolicy policy, LogSource source, Instant now)
      throws IOException, FormatException {
    return KeyAudit.read(policy, new KeyLogCopy(policy, source), now);
  }
}
