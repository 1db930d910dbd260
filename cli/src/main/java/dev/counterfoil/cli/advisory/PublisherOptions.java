package dev.counterfoil.cli.advisory;

import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.disclosure.advisories.ProviderSettings;
import dev.counterfoil.disclosure.openpgp.OpenPgpKey;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Who publishes, and the key that signs. */
final class PublisherOptions {
  @Option(
      names = "--provider",
      paramLabel = "FILE",
      defaultValue = "provider.yaml",
      description = "Who publishes, and where (default: ${DEFAULT-VALUE}).")
  private Path provider;

  @Option(
      names = "--key",
      paramLabel = "FILE",
      required = true,
      description = "The secret OpenPGP key that signs, in a file of mode 600.")
  private Path key;

  @Option(
      names = "--passphrase-file",
      paramLabel = "FILE",
      description = "The key's passphrase, in a file of mode 600.")
  private @Nullable Path passphraseFile;

  ProviderSettings provider() throws ConfigurationException {
    return AdvisoryFiles.provider(provider);
  }

  /** Where the key lies. */
  Path keyFile() {
    return key;
  }

  OpenPgpKey key() throws IOException {
    return AdvisoryFiles.key(key, passphraseFile);
  }
}
