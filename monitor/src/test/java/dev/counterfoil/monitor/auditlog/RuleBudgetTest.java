package dev.counterfoil.monitor.auditlog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.monitor.findings.FindingFeedback.OfRule;
import dev.counterfoil.rules.RuleFiles;
import dev.counterfoil.rules.model.RuleHead;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RuleBudgetTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0, 0.00, false",
    "1, 5, 1.00, false",
    "2, 5, 2.00, true",
    "10, 10000, 1.00, false",
    "11, 10000, 1.10, true"
  })
  void aRuleMayTellOnceOfAThousandPeopleADay(
      long told, long people, String perThousand, boolean isOver) throws Exception {
    RuleHead head = RuleFiles.shipped().documents().getFirst().head();
    RuleBudget budget = new RuleBudget(head, new OfRule(told, 0, 0, 0), people);
    assertThat(budget.isOver()).isEqualTo(isOver);
    assertThat(budget.toJson().string("per_thousand_and_day")).isEqualTo(perThousand);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 500, 1_024, 5_000, 50_000})
  void peopleAreCountedOnceEach(int people) {
    ActorCount count = new ActorCount(new byte[] {1, 2, 3});
    for (int again = 0; again < 2; again++) {
      for (int i = 0; i < people; i++) {
        count.see("person " + i, 1_000);
      }
    }
    assertThat((double) count.count()).isBetween(people * 0.9, people * 1.1);
  }

  @Test
  void yesterdayCountsUntilTodayHasMore() {
    ActorCount count = new ActorCount(new byte[] {1});
    count.see("a", 1);
    count.see("b", 1);
    count.see("a", 86_400_001);
    assertThat(count.count()).isEqualTo(2);
    count.see("a", 2 * 86_400_001L);
    assertThat(count.count()).isEqualTo(1);
  }
}
