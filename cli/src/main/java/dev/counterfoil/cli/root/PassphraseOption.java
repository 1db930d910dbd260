package dev.counterfoil.cli.root;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where a holder's passphrase comes from: never from an argument. */
final class PassphraseOption {
  @Option(
      names = "--passphrase-file",
      paramLabel = "FILE",
      description = "Read the passphrase from this file (default: ask on the terminal).")
  private @Nullable Path file;

  /**
   * The passphrase.
   *
   * @param isNew whether it is asked for twice
   */
  char[] read(boolean isNew) {
    return RootFiles.passphrase(file, isNew);
  }
}
