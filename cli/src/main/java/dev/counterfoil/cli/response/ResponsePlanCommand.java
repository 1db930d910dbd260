package dev.counterfoil.cli.response;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.PlainText;
import dev.counterfoil.operations.OperatorException;
import dev.counterfoil.response.ResponseQuestions;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Tries a playbook on an incident. */
@Command(
    name = "plan",
    description = {
      "Says what a playbook would do about an incident, and does nothing.",
      "Exit code 0: it would act; 1: it would not."
    })
final class ResponsePlanCommand extends ResponseAsking {
  @Parameters(index = "0", paramLabel = "PLAYBOOK", description = "The playbook's name.")
  private String playbook = "";

  @Parameters(index = "1", paramLabel = "INCIDENT", description = "The incident's number.")
  private long incident;

  @Override
  int ask() throws OperatorException, FormatException, InterruptedException {
    JsonObject answer =
        ask(
            ResponseQuestions.PLAN,
            JsonObject.builder().put("playbook", playbook).put("incident", incident).build());
    List<String> lines = new ArrayList<>();
    boolean acts = false;
    for (JsonObject finding : answer.objects("findings")) {
      acts |= finding.string("plan").equals("act");
      lines.add(
          "Finding %d (%s): %s%s"
              .formatted(
                  finding.number("finding"),
                  finding.string("kind"),
                  finding.string("plan"),
                  finding.optionalString("why").map(why -> ": " + why).orElse("")));
      if (finding.has("steps")) {
        for (JsonObject step : finding.objects("steps")) {
          lines.add(
              "  %s %s: %s"
                  .formatted(
                      step.string("action"),
                      step.string("target"),
                      step.has("reach")
                          ? "reaches " + step.number("reach") + " " + step.string("what")
                          : step.optionalString("said").orElse("")));
        }
      }
    }
    print(
        answer,
        lines.isEmpty()
            ? "The incident has no findings."
            : String.join("\n", lines.stream().map(PlainText::of).toList()));
    return acts ? ExitCode.OK : ExitCode.NO;
  }
}
