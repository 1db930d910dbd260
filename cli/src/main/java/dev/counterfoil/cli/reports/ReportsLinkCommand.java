package dev.counterfoil.cli.reports;

import dev.counterfoil.cli.findings.DeskCommand;
import dev.counterfoil.format.bytes.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Links a report to an incident. */
@Command(name = "link", description = "Says to which incident a report belongs.")
final class ReportsLinkCommand extends DeskCommand {
  @Parameters(index = "0", paramLabel = "REFERENCE", description = "The report's reference.")
  private String reference = "";

  @Parameters(index = "1", paramLabel = "INCIDENT", description = "The incident's number.")
  private long incident;

  @Override
  protected String question() {
    return "report-link";
  }

  @Override
  protected JsonObject arguments() {
    return JsonObject.builder().put("reference", reference).put("incident", incident).build();
  }

  @Override
  protected String text(JsonObject answer) {
    return "Report " + reference + " belongs to incident " + incident + ".";
  }
}
