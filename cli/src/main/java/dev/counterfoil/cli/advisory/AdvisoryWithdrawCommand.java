package dev.counterfoil.cli.advisory;

import dev.counterfoil.cli.command.BoundedFile;
import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.PrintingCommand;
import dev.counterfoil.disclosure.advisories.AdvisoryEnding;
import dev.counterfoil.disclosure.advisories.CsafCheck;
import dev.counterfoil.disclosure.advisories.CsafDocument;
import dev.counterfoil.disclosure.validation.Fault;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes the last version of a document. */
@Command(
    name = "withdraw",
    description = {
      "Writes the last version of an advisory, which says why it ended.",
      "It keeps the id and the history, and drops products and vulnerabilities. Publish it in place"
          + " of the old one."
    })
final class AdvisoryWithdrawCommand extends PrintingCommand {
  @Parameters(paramLabel = "FILE", description = "The advisory, in CSAF 2.0.")
  private Path file;

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      required = true,
      description = "Why it ended, for its readers.")
  private String reason;

  @Option(
      names = "--superseded-by",
      paramLabel = "URL",
      description = "Address of the document that stands in its place.")
  private @Nullable URI supersededBy;

  @Option(
      names = "--csaf-2.1-draft",
      description =
          "Write it in the draft of CSAF 2.1, which has profiles for this. It is not published with"
              + " the others.")
  private boolean isDraft;

  @Option(names = "--out", paramLabel = "FILE", required = true, description = "The new file.")
  private Path out;

  @Override
  public Integer call() throws IOException {
    Optional<URI> successor = Optional.ofNullable(supersededBy);
    if (successor.filter(url -> !"https".equals(url.getScheme())).isPresent()) {
      throw CommandFailure.environment("--superseded-by takes an https address");
    }
    if (reason.isBlank()) {
      throw CommandFailure.environment("--reason tells readers why; it is empty");
    }
    byte[] old = BoundedFile.read(file, CsafDocument.BYTES_MAX);
    Instant now = InstantSource.system().instant();
    byte[] last;
    try {
      List<Fault> before = CsafCheck.faults(old);
      if (!before.isEmpty()) {
        throw CommandFailure.environment(file + " is not valid: " + before.getFirst());
      }
      CsafDocument document = CsafDocument.parse(old);
      if (document.isDraft()) {
        throw CommandFailure.environment(
            file + " is a draft. Nobody has it, so there is nothing to withdraw");
      }
      last =
          isDraft
              ? AdvisoryEnding.draft(document, reason, successor, now)
              : AdvisoryEnding.of(document, reason, successor, now);
      List<Fault> faults = isDraft ? CsafCheck.draftFaults(last) : CsafCheck.faults(last);
      if (!faults.isEmpty()) {
        throw CommandFailure.environment(
            "what would be written is not valid: " + faults.getFirst());
      }
    } catch (FormatException e) {
      throw CommandFailure.environment(file + ": " + e.getMessage());
    }
    Files.write(out, last, StandardOpenOption.CREATE_NEW);
    print(
        JsonObject.builder()
            .put("file", out.toString())
            .put("superseded", successor.isPresent())
            .build(),
        (isDraft
                ? "Last version of %s, in the draft of CSAF 2.1: %s"
                : "Last version of %s: %s%nPut it in the place of the old one, then publish.")
            .formatted(file, out));
    return ExitCode.OK;
  }
}
