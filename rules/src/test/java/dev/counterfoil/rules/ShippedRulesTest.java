package dev.counterfoil.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** The rules that come with the project. */
final class ShippedRulesTest {
  private static final RuleFiles FILES = RuleFiles.shipped();

  @Test
  void allCanBeUsedAndPassTheirTests() {
    assertThat(FILES.faults()).isEmpty();
    RuleSet rules = RuleSet.of(FILES.documents());
    assertThat(rules.faults()).isEmpty();
    List<RuleTests.Outcome> outcomes = new RuleTests(rules, RuleFiles.ownFields()).run();
    assertThat(outcomes).hasSizeGreaterThanOrEqualTo(FILES.files());
    assertThat(outcomes).allSatisfy(one -> assertThat(one.problems()).isEmpty());
  }
}
