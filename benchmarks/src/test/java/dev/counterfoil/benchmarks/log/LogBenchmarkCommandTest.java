package dev.counterfoil.benchmarks.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class LogBenchmarkCommandTest {
  private static final long SECOND = 1_000_000_000L;

  @Test
  void theWarmUpDoesNotCountAndTheWorstSecondDoes() {
    assertThat(
            LogBenchmarkCommand.sustained(
                List.of(
                    new long[] {0, 0},
                    new long[] {10, SECOND},
                    new long[] {100, 2 * SECOND},
                    new long[] {1_100, 3 * SECOND},
                    new long[] {1_600, 4 * SECOND},
                    new long[] {3_100, 5 * SECOND})))
        .isEqualTo("1,000 entries/s durable and in the tree, over 3 s; the slowest second 500");
  }
}
