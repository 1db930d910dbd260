package dev.counterfoil.cli.disclosure;

import dev.counterfoil.format.bytes.JsonObject;
import picocli.CommandLine.Parameters;

/** A command that asks the disclosure process about one incident. */
public abstract class IncidentAsk extends DisclosureAsk {
  @Parameters(index = "0", paramLabel = "INCIDENT", description = "The incident's number.")
  protected String incident;

  /** The arguments that name the incident. */
  protected final JsonObject about() {
    return JsonObject.builder().put("incident", incident).build();
  }
}
