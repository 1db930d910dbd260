package dev.counterfoil.cli.advisory;

import dev.counterfoil.cli.command.BoundedFile;
import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.PrintingCommand;
import dev.counterfoil.disclosure.PublicStatement;
import dev.counterfoil.disclosure.advisories.CsafCheck;
import dev.counterfoil.disclosure.advisories.CsafDocument;
import dev.counterfoil.disclosure.documents.StatementAdvisory;
import dev.counterfoil.disclosure.validation.Fault;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes the next version of a document, after its statement changed. */
@Command(
    name = "revise",
    description = {
      "Writes the next version of an advisory, from a later version of its statement.",
      "It keeps the id and the history, and tells the corrections."
    })
final class AdvisoryReviseCommand extends PrintingCommand {
  @Parameters(paramLabel = "FILE", description = "The advisory, in CSAF 2.0.")
  private Path file;

  @Mixin private PublishedStatement published;

  @Option(names = "--out", paramLabel = "FILE", required = true, description = "The new file.")
  private Path out;

  @Override
  public Integer call() throws IOException {
    PublicStatement statement =
        published
            .read()
            .orElseThrow(
                () ->
                    CommandFailure.environment(
                        "name the statement's versions with --statement, and --policy"));
    byte[] next;
    try {
      CsafDocument before = CsafDocument.parse(BoundedFile.read(file, CsafDocument.BYTES_MAX));
      next = StatementAdvisory.next(before, statement, InstantSource.system().instant());
      List<Fault> faults = CsafCheck.faults(next);
      if (!faults.isEmpty()) {
        throw CommandFailure.environment(
            "what would be written is not valid: " + faults.getFirst());
      }
    } catch (FormatException e) {
      throw CommandFailure.environment(file + ": " + e.getMessage());
    }
    Files.write(out, next, StandardOpenOption.CREATE_NEW);
    print(
        JsonObject.builder()
            .put("file", out.toString())
            .put("statement", statement.version())
            .build(),
        "Next version of %s, from version %d of the statement: %s%nPut it in the place of the old one, then publish."
            .formatted(file, statement.version(), out));
    return ExitCode.OK;
  }
}
