package dev.counterfoil.cli.promises;

import dev.counterfoil.cli.command.BoundedFile;
import dev.counterfoil.cli.command.InstallationCommand;
import dev.counterfoil.cli.command.InstallationOptions;
import dev.counterfoil.disclosure.promises.PublicHistory;
import dev.counterfoil.format.policy.TrustPolicy;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** A command that looks at what is public about a domain, from its policy down. */
abstract class PublicDataCommand extends InstallationCommand {
  @Option(
      names = "--policy",
      paramLabel = "FILE",
      description = "Start from this policy instead of an installation's.")
  private @Nullable Path policyFile;

  /** What is public now. */
  final PublicHistory publicNow() {
    return PublicData.read(policy(), InstantSource.system().instant());
  }

  final TrustPolicy policy() {
    return policyFile != null ? InstallationOptions.readPolicy(policyFile) : installation.policy();
  }

  static byte[] bounded(Path file) throws IOException {
    return BoundedFile.read(file, PublicHistory.BYTES_MAX);
  }
}
