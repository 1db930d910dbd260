package dev.counterfoil.cli.advisory;

import dev.counterfoil.cli.command.BoundedFile;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.PrintingCommand;
import dev.counterfoil.disclosure.advisories.AdvisoryEnding;
import dev.counterfoil.disclosure.advisories.CsafCheck;
import dev.counterfoil.disclosure.advisories.CsafDocument;
import dev.counterfoil.disclosure.advisories.CveRecord;
import dev.counterfoil.disclosure.advisories.OpenVex;
import dev.counterfoil.disclosure.validation.Fault;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.PlainText;
import dev.counterfoil.format.bytes.StrictJson;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Checks documents. */
@Command(
    name = "check",
    description = {
      "Checks advisories, CVE records and OpenVEX documents.",
      "CSAF 2.0 is checked by its schema and mandatory tests, CVE records (5.2) and OpenVEX (0.2.0)"
          + " by the rules of their formats.",
      "Exit code 0: all are valid; 1: one is not, with the field and the rule."
    })
final class AdvisoryCheckCommand extends PrintingCommand {
  @Parameters(paramLabel = "FILE", arity = "1..*", description = "The documents.")
  private List<Path> files;

  @Option(
      names = "--csaf-2.1-draft",
      description =
          "Check withdrawn and superseded advisories in CSAF 2.1, which is a draft still, too.")
  private boolean isDraftTaken;

  @Override
  public Integer call() throws IOException {
    boolean isValid = true;
    List<JsonObject> results = new ArrayList<>();
    StringBuilder text = new StringBuilder();
    for (Path file : files) {
      List<Fault> faults = faults(file);
      isValid &= faults.isEmpty();
      results.add(
          JsonObject.builder()
              .put("file", file.toString())
              .put("valid", faults.isEmpty())
              .put(
                  "faults",
                  faults.stream()
                      .map(
                          fault ->
                              JsonObject.builder()
                                  .put("rule", fault.rule())
                                  .put("at", fault.at())
                                  .put("message", fault.message())
                                  .build())
                      .toList())
              .build());
      text.append(faults.isEmpty() ? "valid      " : "NOT VALID  ").append(file).append('\n');
      faults.forEach(
          fault -> text.append("  ").append(PlainText.of(fault.toString(), 400)).append('\n'));
    }
    print(JsonObject.builder().put("documents", results).build(), text.toString().stripTrailing());
    return isValid ? ExitCode.OK : ExitCode.NO;
  }

  private List<Fault> faults(Path file) throws IOException {
    try {
      byte[] bytes = BoundedFile.read(file, CsafDocument.BYTES_MAX);
      JsonObject json = StrictJson.object(bytes, CsafDocument.BYTES_MAX);
      if (CveRecord.is(json)) {
        return CveRecord.faults(json);
      }
      if (isDraftTaken && AdvisoryEnding.isDraft(json)) {
        return CsafCheck.draftFaults(bytes);
      }
      return OpenVex.is(json) ? OpenVex.faults(json) : CsafCheck.faults(bytes);
    } catch (FormatException e) {
      return List.of(new Fault("json", "", String.valueOf(e.getMessage())));
    }
  }
}
