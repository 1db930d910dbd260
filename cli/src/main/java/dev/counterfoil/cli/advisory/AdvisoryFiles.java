package dev.counterfoil.cli.advisory;

import dev.counterfoil.cli.command.BoundedFile;
import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.configuration.Configuration;
import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.disclosure.advisories.AdvisoryPublishing;
import dev.counterfoil.disclosure.advisories.CsafDocument;
import dev.counterfoil.disclosure.advisories.ProviderSettings;
import dev.counterfoil.disclosure.openpgp.OpenPgpKey;
import dev.counterfoil.format.bytes.FormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The files that advisories are made of. */
public final class AdvisoryFiles {
  private AdvisoryFiles() {}

  static ProviderSettings provider(Path file) throws ConfigurationException {
    return Configuration.read(file, ProviderSettings.class);
  }

  /** A secret key, with its passphrase in a file of its own where it has one. */
  public static OpenPgpKey key(Path file, @Nullable Path passphraseFile) throws IOException {
    try {
      return OpenPgpKey.parse(SecretFile.at(file).read(), passphrase(passphraseFile));
    } catch (FormatException e) {
      throw CommandFailure.environment(file + " " + e.getMessage());
    }
  }

  static char[] passphrase(@Nullable Path file) throws IOException {
    return file == null ? new char[0] : SecretFile.at(file).readText().toCharArray();
  }

  /** The JSON files of a folder, by name. */
  static SortedMap<String, byte[]> documents(Path folder) throws IOException {
    List<Path> files;
    try (Stream<Path> found = Files.list(folder)) {
      files =
          found
              .filter(file -> file.toString().endsWith(".json"))
              .limit(AdvisoryPublishing.DOCUMENTS_MAX + 1L)
              .toList();
    }
    SortedMap<String, byte[]> documents = new TreeMap<>();
    for (Path file : files) {
      documents.put(
          String.valueOf(file.getFileName()), BoundedFile.read(file, CsafDocument.BYTES_MAX));
    }
    return documents;
  }
}
