package dev.counterfoil.testing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Verdicts against the truth, with the processes of a distribution: histories from seeds. */
@Timeout(1200)
class HistoriesTest {
  private static void run(long seed) throws Exception {
    try (History history = new History(seed)) {
      for (History.Step step : history.steps()) {
        history.run(step);
      }
      assertThat(history.judged()).as("the control: honest tokens were looked at").isPositive();
    }
  }

  @Test
  void aShare() throws Exception {
    run(1);
  }

  @Tag("full")
  @ParameterizedTest
  @ValueSource(longs = {2, 3, 4, 5, 6})
  void theRest(long seed) throws Exception {
    run(seed);
  }
}
