package dev.counterfoil.rules.model;

import java.util.List;

/** One YAML document of a rule file. */
public sealed interface RuleDocument {
  RuleHead head();

  /** The tests that stand with it. */
  List<RuleCase> tests();

  /**
   * A rule about one event.
   *
   * @param source which events it is for
   * @param criterion what an event must fulfil
   */
  record Detection(RuleHead head, SourceKind source, Criterion criterion, List<RuleCase> tests)
      implements RuleDocument {
    public Detection {
      tests = List.copyOf(tests);
    }
  }

  /**
   * What an event must fulfil in addition, for some rules.
   *
   * @param rules ids or names of the rules; {@code any} is every rule that its source covers
   */
  record Filter(
      RuleHead head,
      SourceKind source,
      List<String> rules,
      Criterion criterion,
      List<RuleCase> tests)
      implements RuleDocument {
    public Filter {
      rules = List.copyOf(rules);
      tests = List.copyOf(tests);
    }
  }

  /**
   * A rule about several events.
   *
   * @param generate whether the rules that it names match by themselves too
   */
  record Correlated(RuleHead head, Correlation correlation, boolean generate, List<RuleCase> tests)
      implements RuleDocument {
    public Correlated {
      tests = List.copyOf(tests);
    }
  }
}
