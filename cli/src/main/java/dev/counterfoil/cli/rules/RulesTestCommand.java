package dev.counterfoil.cli.rules;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.PrintingCommand;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.PlainText;
import dev.counterfoil.rules.RuleFiles;
import dev.counterfoil.rules.RuleSet;
import dev.counterfoil.rules.RuleTests;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Runs the tests that stand in rule files. */
@Command(
    name = "test",
    description = {
      "Reads rule files and runs the tests that stand in them.",
      "Each rule needs events that must make it match and events that must not."
          + " A rule that others take from is tested with them.",
      "Exit code 0: all rules can be used and all tests pass; 1: not."
    })
final class RulesTestCommand extends PrintingCommand {
  private static final int LINE_MAX = 1_000;

  @Mixin private RuleOptions options;

  @Override
  public Integer call() throws IOException {
    RuleFiles files = options.files();
    RuleSet rules = RuleSet.of(files.documents());
    List<String> problems = RuleOptions.faults(files, rules);
    int tests = 0;
    List<RuleTests.Outcome> outcomes = new RuleTests(rules, options.fields()).run();
    for (RuleTests.Outcome outcome : outcomes) {
      tests += outcome.tests();
      problems.addAll(outcome.problems());
    }
    if (files.files() == 0) {
      throw CommandFailure.environment("there is no rule file: they end with .yml or .yaml");
    }
    print(
        JsonObject.builder()
            .put("files", files.files())
            .put("rules", outcomes.size())
            .put("tests", tests)
            .put("problems", problems)
            .build(),
        text(files.files(), outcomes.size(), tests, problems));
    return problems.isEmpty() ? ExitCode.OK : ExitCode.NO;
  }

  private static String text(int files, int rules, int tests, List<String> problems) {
    List<String> lines = new ArrayList<>();
    problems.forEach(problem -> lines.add(PlainText.of(problem, LINE_MAX)));
    lines.add(
        count(files, "file")
            + ", "
            + count(rules, "rule")
            + ", "
            + count(tests, "test")
            + ": "
            + (problems.isEmpty() ? "all pass." : count(problems.size(), "problem") + "."));
    return String.join(System.lineSeparator(), lines);
  }

  private static String count(int number, String what) {
    return number + " " + what + (number == 1 ? "" : "s");
  }
}
