package dev.counterfoil.cli.findings;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Says whether a finding was right. */
@Command(
    name = "feedback",
    description = {
      "Says whether a finding was right.",
      "counterfoil rules list counts it for each rule. The last word about a finding counts."
    })
public final class FindingsFeedbackCommand extends DeskCommand {
  @Parameters(index = "0", paramLabel = "ID", description = "The finding's number.")
  private long id;

  @Parameters(
      index = "1",
      paramLabel = "VERDICT",
      description = "What it was: true-positive or false-positive.")
  private String verdict = "";

  @Option(names = "--note", paramLabel = "TEXT", description = "Why.")
  private String note = "";

  @Override
  protected String question() {
    return "finding-feedback";
  }

  @Override
  protected JsonObject arguments() {
    return JsonObject.builder().put("id", id).put("verdict", verdict).put("text", note).build();
  }

  @Override
  protected String text(JsonObject answer) throws FormatException {
    return "Finding " + id + " is noted as " + answer.string("feedback") + ".";
  }
}
