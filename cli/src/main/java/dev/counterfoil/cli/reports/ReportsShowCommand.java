package dev.counterfoil.cli.reports;

import dev.counterfoil.cli.findings.DeskCommand;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.PlainText;
import java.time.Instant;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Shows one report. */
@Command(
    name = "show",
    description = {
      "Shows what a person reported.",
      "With --json, the record that a vulnerability intake can read."
    })
final class ReportsShowCommand extends DeskCommand {
  private static final int TEXT_MAX = 4_000;

  @Parameters(index = "0", paramLabel = "REFERENCE", description = "The report's reference.")
  private String reference = "";

  @Override
  protected String question() {
    return "reports";
  }

  @Override
  protected JsonObject arguments() {
    return JsonObject.builder().put("reference", reference).build();
  }

  @Override
  protected String text(JsonObject answer) throws FormatException {
    StringBuilder text = new StringBuilder();
    text.append("Report ").append(answer.string("reference"));
    text.append(" (").append(answer.string("report")).append(", ");
    text.append(answer.string("state")).append("), received ");
    text.append(Instant.ofEpochMilli(answer.number("received_at_ms")));
    if (answer.has("incident")) {
      text.append(", incident ").append(answer.number("incident"));
    }
    text.append('\n');
    for (String member : List.of("about", "contact", "address", "outcome", "text")) {
      answer
          .optionalString(member)
          .ifPresent(
              value ->
                  text.append(member)
                      .append(": ")
                      .append(PlainText.of(value, TEXT_MAX))
                      .append('\n'));
    }
    return text.toString().stripTrailing();
  }
}
