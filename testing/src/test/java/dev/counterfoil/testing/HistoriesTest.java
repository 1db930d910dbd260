package dev.counterfoil.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Verdicts against the truth, with the processes of a distribution: histories from seeds. */
@Tag("turn-2")
@Timeout(1200)
class HistoriesTest {
  private static void run(long seed, Set<History.Step> leftOut) throws Exception {
    try (History history = new History(seed)) {
      List<History.Step> steps = new ArrayList<>(history.steps());
      steps.removeAll(leftOut);
      for (History.Step step : steps) {
        history.run(step);
      }
      assertThat(history.judged()).as("the control: honest tokens were looked at").isPositive();
    }
  }

  /** Without the kills alone, of which EndToEndTest has one of each process. */
  @Test
  void aShare() throws Exception {
    run(1, Set.of(History.Step.SIGNER_KILLED, History.Step.AUTHORITY_KILLED));
  }

  @Tag("full")
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void aWhole(long seed) throws Exception {
    run(seed, Set.of());
  }
}
