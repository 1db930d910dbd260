package dev.counterfoil.cli.vulnerabilities;

import dev.counterfoil.cli.disclosure.DisclosureAsk;
import dev.counterfoil.format.bytes.JsonObject;
import picocli.CommandLine.Parameters;

/** A command that asks the disclosure process about one report. */
abstract class ReportAsk extends DisclosureAsk {
  @Parameters(index = "0", paramLabel = "REPORT", description = "Its name, such as V-2026-0001.")
  protected String id;

  /** The arguments that name the report. */
  protected final JsonObject about() {
    return JsonObject.builder().put("id", id).build();
  }
}
