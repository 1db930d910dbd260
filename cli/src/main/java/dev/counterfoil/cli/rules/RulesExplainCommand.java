package dev.counterfoil.cli.rules;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.PrintingCommand;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.PlainText;
import dev.counterfoil.rules.RuleFiles;
import dev.counterfoil.rules.RuleSet;
import dev.counterfoil.rules.RuleText;
import dev.counterfoil.rules.model.RuleDocument;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Says in words what rules mean. */
@Command(
    name = "explain",
    description = {
      "Says in words what rules find, as they are understood here.",
      "Exit code 0: all rules can be used; 1: one cannot, and the text says why."
    })
final class RulesExplainCommand extends PrintingCommand {
  private static final int LINE_MAX = 2_000;

  @Mixin private RuleOptions options;

  @Override
  public Integer call() throws IOException {
    RuleFiles files = options.files();
    List<String> faults = RuleOptions.faults(files, RuleSet.of(files.documents()));
    if (files.documents().isEmpty() && faults.isEmpty()) {
      throw CommandFailure.environment("there is no rule file: they end with .yml or .yaml");
    }
    List<String> lines = new ArrayList<>();
    List<JsonObject> rules = new ArrayList<>();
    for (RuleDocument rule : files.documents()) {
      List<String> text = RuleText.of(rule);
      rules.add(
          JsonObject.builder()
              .put("rule", rule.head().key())
              .put("title", rule.head().title())
              .put("text", text)
              .build());
      text.stream().flatMap(String::lines).forEach(line -> lines.add(PlainText.of(line, LINE_MAX)));
      lines.add("");
    }
    faults.forEach(fault -> lines.add("Cannot be used: " + PlainText.of(fault, LINE_MAX)));
    print(
        JsonObject.builder().put("rules", rules).put("problems", faults).build(),
        String.join(System.lineSeparator(), lines).strip());
    return faults.isEmpty() ? ExitCode.OK : ExitCode.NO;
  }
}
