package dev.counterfoil.cli.statements;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.InstallationOptions;
import dev.counterfoil.cli.command.PrintingCommand;
import dev.counterfoil.cli.disclosure.DisclosureFile;
import dev.counterfoil.cli.disclosure.WithdrawnKeyCheck;
import dev.counterfoil.disclosure.DisclosureException;
import dev.counterfoil.disclosure.PublicStatement;
import dev.counterfoil.disclosure.SignedDisclosure;
import dev.counterfoil.disclosure.StatementPage;
import dev.counterfoil.format.policy.TrustPolicy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Verifies statements. */
@Command(
    name = "verify",
    description = {
      "Verifies a statement offline: all its versions, from the first on.",
      "Exit code 1: it must not be believed."
    })
final class StatementVerifyCommand extends PrintingCommand {
  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description = "The file statement.json of each version, the first first.")
  private List<Path> files;

  @Option(
      names = "--policy",
      required = true,
      paramLabel = "POLICY",
      description = "The domain's policy, from before the incident.")
  private Path policy;

  @Mixin private WithdrawnKeyCheck withdrawn;

  @Override
  public Integer call() {
    List<SignedDisclosure> versions = new ArrayList<>();
    files.forEach(file -> versions.add(DisclosureFile.read(file)));
    try {
      TrustPolicy trusted = InstallationOptions.readPolicy(policy);
      PublicStatement statement = PublicStatement.verify(versions, trusted);
      // The last one names those before it by their digests.
      withdrawn.require(versions.getLast(), trusted);
      print(statement.toJson(), StatementPage.text(statement).strip());
      return ExitCode.OK;
    } catch (DisclosureException e) {
      throw CommandFailure.no("the statement must not be believed: " + e.getMessage());
    }
  }
}
