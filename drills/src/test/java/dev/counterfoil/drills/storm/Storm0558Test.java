package dev.counterfoil.drills.storm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.drills.run.Expectation;
import dev.counterfoil.drills.run.WholeDrill;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The whole drill: two domains, a monitor, a Dovecot, a thief. */
class Storm0558Test {
  /** Longer than is promised: the tests' machine does other things meanwhile. */
  private static final Duration FOUND_WITHIN = Duration.ofMinutes(2);

  @Test
  void everyExpectationHoldsAndNothingIsLeftBehind() throws Exception {
    WholeDrill.holds(new Storm0558(FOUND_WITHIN));
  }

  @Test
  void everyActHasAPositiveControl() {
    List<Expectation> expectations = new Storm0558().expectations();
    Set<Integer> honest = new HashSet<>();
    Set<String> ids = new HashSet<>();
    for (Expectation expectation : expectations) {
      assertThat(ids.add(expectation.id())).as(expectation.id()).isTrue();
      if (expectation.kind() == Expectation.Kind.HONEST) {
        honest.add(expectation.act());
      }
    }
    assertThat(honest).contains(1, 2, 3, 4);
  }
}
