package dev.counterfoil.cli.advisory;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.InstallationOptions;
import dev.counterfoil.cli.disclosure.DisclosureFile;
import dev.counterfoil.disclosure.DisclosureException;
import dev.counterfoil.disclosure.PublicStatement;
import dev.counterfoil.disclosure.SignedDisclosure;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The statement from which an advisory is made, verified like a stranger's. */
final class PublishedStatement {
  @Option(
      names = "--statement",
      paramLabel = "FILE",
      description = {
        "The published statement from whose claims it is made: the file statement.json of each"
            + " version, the first first. Repeat for several."
      })
  private List<Path> files = new ArrayList<>();

  @Option(
      names = "--policy",
      paramLabel = "POLICY",
      description = "The domain's policy, with which the statement is verified.")
  private @Nullable Path policy;

  /** The last version; empty where no statement was named. */
  Optional<PublicStatement> read() {
    Path trusted = policy;
    if (files.isEmpty() && trusted == null) {
      return Optional.empty();
    }
    if (files.isEmpty() || trusted == null) {
      throw CommandFailure.environment("--statement and --policy go together");
    }
    List<SignedDisclosure> versions = new ArrayList<>();
    files.forEach(file -> versions.add(DisclosureFile.read(file)));
    try {
      return Optional.of(PublicStatement.verify(versions, InstallationOptions.readPolicy(trusted)));
    } catch (DisclosureException e) {
      throw CommandFailure.no("the statement must not be believed: " + e.getMessage());
    }
  }
}
