package dev.counterfoil.rules;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.rules.model.FieldMap;
import dev.counterfoil.rules.model.RuleCase;
import dev.counterfoil.rules.model.RuleDocument;
import dev.counterfoil.rules.model.SourceKind;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Runs the tests that stand in rule files: each on an engine of its own. */
public final class RuleTests {
  private static final RuleEngine.Limits LIMITS =
      new RuleEngine.Limits(16L << 20, Duration.ofMinutes(5));

  private final RuleSet rules;
  private final FieldMap fields;

  /**
   * How a rule's tests went.
   *
   * @param rule the rule
   * @param tests how many it has
   * @param problems what is wrong, each in a sentence that begins with file and line; empty where
   *     all went well
   */
  public record Outcome(RuleDocument rule, int tests, List<String> problems) {
    public Outcome {
      problems = List.copyOf(problems);
    }
  }

  /** Tests rules with all others that were loaded with them. */
  public RuleTests(RuleSet rules, FieldMap fields) {
    this.rules = rules;
    this.fields = fields;
  }

  /** Runs the tests of every rule that is not merely a part of another one. */
  public List<Outcome> run() {
    return rules
        .all()
        .filter(rule -> !rule.tests().isEmpty() || !isPart(rule))
        .map(this::run)
        .toList();
  }

  private boolean isPart(RuleDocument rule) {
    return rules.correlations().stream()
        .flatMap(one -> one.correlation().rules().stream())
        .anyMatch(rule.head()::isCalled);
  }

  private Outcome run(RuleDocument rule) {
    List<String> problems = new ArrayList<>();
    String where = rule.head().file() + ":" + rule.head().line() + ": ";
    if (rule.tests().stream().noneMatch(RuleCase::fires)) {
      problems.add(where + "no test has events that must make it match ('fires')");
    }
    if (rule.tests().stream().allMatch(RuleCase::fires)) {
      problems.add(where + "no test has events that must not make it match ('silent')");
    }
    RuleSet own = rules.alone(rule);
    for (RuleCase test : rule.tests()) {
      long matches = matches(own, rule, test);
      if (test.fires() != matches > 0) {
        problems.add(
            rule.head().file()
                + ":"
                + test.line()
                + ": "
                + (test.name().isEmpty() ? "the test" : "test '" + test.name() + "'")
                + (test.fires() ? ": the rule does not match" : ": the rule matches"));
      }
    }
    return new Outcome(rule, rule.tests().size(), problems);
  }

  private long matches(RuleSet own, RuleDocument rule, RuleCase test) {
    long[] matches = {0};
    RuleEngine engine = new RuleEngine(own, fields, kinds(rule), LIMITS);
    long time = 0;
    int number = 0;
    for (JsonObject event : test.events()) {
      time = RuleEvent.time(event, "time").map(Instant::toEpochMilli).orElse(time + 1_000);
      engine.take(
          new RuleEvent(event, time, Integer.toString(++number)),
          match -> count(match, rule, matches));
    }
    engine.end(match -> count(match, rule, matches));
    return matches[0];
  }

  private static void count(RuleMatch match, RuleDocument rule, long[] matches) {
    if (match.rule().equals(rule.head())) {
      matches[0]++;
    }
  }

  /** An event says its kind, or the field map knows it, or it is that of the rule. */
  private Function<JsonObject, SourceKind> kinds(RuleDocument rule) {
    SourceKind its =
        rule instanceof RuleDocument.Detection detection ? detection.source() : SourceKind.ANY;
    return event -> {
      if (event.get("logsource") instanceof JsonObject said) {
        return new SourceKind(text(said, "product"), text(said, "category"), text(said, "service"));
      }
      SourceKind known = fields.kindOf(event);
      return known.equals(SourceKind.ANY) ? its : known;
    };
  }

  private static String text(JsonObject said, String name) {
    return Optional.ofNullable(said.get(name)).map(Object::toString).orElse("");
  }
}
