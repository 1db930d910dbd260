package dev.counterfoil.cli.disclosure;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.disclosure.record.IncidentParts;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Takes an incident over from the monitor. */
@Command(
    name = "open",
    description = {
      "Takes an incident over from the monitor: who and what was touched.",
      "Nobody types these numbers. Run it again when the monitor knows more."
    })
final class DisclosureOpenCommand extends DisclosureAsk {
  @Parameters(paramLabel = "INCIDENT", description = "The incident's number at the monitor.")
  private long id;

  @Override
  protected int run() throws IOException, FormatException, InterruptedException {
    List<JsonObject> lines = new ArrayList<>();
    try {
      installation.monitorAdmin().incident(id, lines::add);
    } catch (IOException e) {
      throw installation.monitorFailed(e);
    }
    IncidentParts parts = IncidentParts.of(lines.getFirst());
    for (JsonObject part : parts.parts()) {
      ask("incident-part", part);
    }
    JsonObject answer = ask("open", parts.summary());
    print(
        answer,
        "Incident %d is taken over: %d accounts of %d tenants.%s%s"
            .formatted(
                id,
                parts.accounts(),
                parts.tenants(),
                parts.summary().strings("not_known").isEmpty()
                    ? ""
                    : " Something is not known, so these are lower bounds.",
                parts.namedOnly() == 0
                    ? ""
                    : (" Forged tokens named %d other accounts of tenants that you serve. No service"
                            + " reported that it accepted one, so they are not counted.")
                        .formatted(parts.namedOnly())));
    return ExitCode.OK;
  }
}
