package dev.counterfoil.cli.reports;

import dev.counterfoil.cli.findings.DeskCommand;
import dev.counterfoil.format.bytes.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Closes a report. */
@Command(
    name = "close",
    description = {
      "Closes a report, with what came of it.",
      "An incident that has nothing else in it is closed, too."
    })
final class ReportsCloseCommand extends DeskCommand {
  @Parameters(index = "0", paramLabel = "REFERENCE", description = "The report's reference.")
  private String reference = "";

  @Parameters(index = "1", paramLabel = "TEXT", description = "What came of it.")
  private String text = "";

  @Override
  protected String question() {
    return "report-close";
  }

  @Override
  protected JsonObject arguments() {
    return JsonObject.builder().put("reference", reference).put("text", text).build();
  }

  @Override
  protected String text(JsonObject answer) {
    return "Report " + reference + " is closed.";
  }
}
