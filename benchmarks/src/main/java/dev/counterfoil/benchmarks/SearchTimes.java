package dev.counterfoil.benchmarks;

import java.util.Arrays;
import java.util.Formatter;

/** Times of searches. */
record SearchTimes(String what, int count, double p50Millis, double p95Millis, double maxMillis) {
  static SearchTimes of(String what, long[] nanos) {
    long[] sorted = nanos.clone();
    Arrays.sort(sorted);
    return new SearchTimes(
        what,
        sorted.length,
        LoadOutcome.round(sorted[sorted.length / 2] / 1e6, 2),
        LoadOutcome.round(sorted[(int) Math.ceil(sorted.length * 0.95) - 1] / 1e6, 2),
        LoadOutcome.round(sorted[sorted.length - 1] / 1e6, 2));
  }

  /**
   * Writes it as a row of a table.
   *
   * @param before what stands before its name
   */
  void row(Formatter text, String before) {
    text.format(
        "| %s%s | %d | %.2f | %.2f | %.2f |%n",
        before, what, count, p50Millis, p95Millis, maxMillis);
  }
}
