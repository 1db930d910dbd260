package dev.counterfoil.cli;

import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.TrustPolicy;
import dev.counterfoil.installation.DataFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which installation and which of its trust domains a command is about. */
final class InstallationOptions {
  @Option(
      names = "--data",
      paramLabel = "DIR",
      defaultValue = "${env:COUNTERFOIL_DATA:-counterfoil-data}",
      description =
          "The installation's data folder (default: $COUNTERFOIL_DATA or counterfoil-data).")
  @SuppressWarnings("NullAway.Init") // has a default
  private Path data;

  @Option(
      names = "--domain",
      paramLabel = "NAME",
      description = "The trust domain (default: the only one there is).")
  private @Nullable String domain;

  DataFolder folder() {
    return new DataFolder(data);
  }

  /** The domain's name: the one that was named, or the only one. */
  String domainName() {
    List<String> names = domainNames();
    if (domain != null) {
      if (!names.contains(domain)) {
        throw CommandFailure.environment(
            "there is no domain " + domain + "; there is " + String.join(", ", names));
      }
      return domain;
    }
    if (names.size() != 1) {
      throw CommandFailure.environment(
          "name one domain with --domain: " + String.join(", ", names));
    }
    return names.get(0);
  }

  List<String> domainNames() {
    Path domains = folder().path().resolve("domains");
    if (!Files.isDirectory(domains)) {
      throw CommandFailure.environment(
          "no installation in "
              + folder().path()
              + ": start one with counterfoil up, or name its folder with --data");
    }
    try (Stream<Path> folders = Files.list(domains)) {
      return folders
          .filter(Files::isDirectory)
          .map(p -> String.valueOf(p.getFileName()))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw CommandFailure.environment("cannot read " + domains + ": " + e.getMessage());
    }
  }

  DataFolder.DomainFolder domainFolder() {
    return folder().domain(domainName());
  }

  /** Whether there is an installation, and one domain of it is meant. */
  boolean hasDomain() {
    return Files.isDirectory(folder().path().resolve("domains"))
        && (domain != null || domainNames().size() == 1);
  }

  /** The domain's trust policy. */
  TrustPolicy policy() {
    return readPolicy(domainFolder().policy());
  }

  static TrustPolicy readPolicy(Path file) {
    try {
      return TrustPolicy.parse(Files.readAllBytes(file));
    } catch (IOException e) {
      throw CommandFailure.environment("cannot read the policy " + file + ": " + e.getMessage());
    } catch (FormatException e) {
      throw CommandFailure.environment(file + ": " + e.getMessage());
    }
  }
}
