package dev.counterfoil.cli.disclosure;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.InstallationOptions;
import dev.counterfoil.cli.command.PrintingCommand;
import dev.counterfoil.disclosure.DisclosureException;
import dev.counterfoil.disclosure.PublicStatement;
import dev.counterfoil.disclosure.SignedDisclosure;
import dev.counterfoil.disclosure.StatementPage;
import dev.counterfoil.format.bytes.FormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
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

  @Override
  public Integer call() {
    List<SignedDisclosure> versions = new ArrayList<>();
    files.forEach(file -> versions.add(read(file)));
    try {
      PublicStatement statement =
          PublicStatement.verify(versions, InstallationOptions.readPolicy(policy));
      print(statement.toJson(), StatementPage.text(statement).strip());
      return ExitCode.OK;
    } catch (DisclosureException e) {
      throw CommandFailure.no("the statement must not be believed: " + e.getMessage());
    }
  }

  /** A signed file. */
  static SignedDisclosure read(Path file) {
    try {
      if (Files.size(file) > SignedDisclosure.BYTES_MAX) {
        throw CommandFailure.no(file + " is longer than any signed file");
      }
      return SignedDisclosure.parse(Files.readAllBytes(file));
    } catch (IOException e) {
      throw CommandFailure.environment("cannot read " + file + ": " + CommandFailure.reason(e));
    } catch (FormatException e) {
      throw CommandFailure.no(file + " is no signed notice or statement: " + e.getMessage());
    }
  }
}
