package dev.counterfoil.benchmarks.audit;

import dev.counterfoil.benchmarks.audit.ReceivedMail.Asked;
import dev.counterfoil.benchmarks.run.RunReport;
import java.util.Arrays;
import java.util.List;

/** Times of searches. */
final class SearchTimes {
  private SearchTimes() {}

  /** A search for what an event has, or for a token that none has. */
  @FunctionalInterface
  interface Search {
    int find(Asked asked) throws Exception;
  }

  static RunReport.Table table(RunReport report, String what) {
    return report.table(what, "times", "p50 ms", "p95 ms", "max ms");
  }

  static void row(RunReport.Table table, String what, long[] nanos) {
    long[] sorted = nanos.clone();
    Arrays.sort(sorted);
    int count = sorted.length;
    table.row(
        what,
        count,
        sorted[count / 2] / 1e6,
        sorted[(int) Math.ceil(count * 0.95) - 1] / 1e6,
        sorted[count - 1] / 1e6);
  }

  /** The three searches that are asked most. */
  static void rows(RunReport.Table table, String who, List<Asked> asked, Search token, Search week)
      throws Exception {
    MailAccess absent = ReceivedMail.others();
    row(table, who + "token", timed(asked, token, true));
    row(table, who + "tenant, mailbox and week", timed(asked, week, true));
    List<Asked> others =
        asked.stream()
            .map(one -> new Asked(one.tenant(), one.entity(), absent.absentToken(), 0))
            .toList();
    row(table, who + "token that no event has", timed(others, token, false));
  }

  /** The first round warms up. */
  private static long[] timed(List<Asked> asked, Search search, boolean there) throws Exception {
    long[] nanos = new long[ReceivedMail.SAMPLES];
    for (int round = 0; round < 2; round++) {
      for (int i = 0; i < ReceivedMail.SAMPLES; i++) {
        long begun = System.nanoTime();
        int found = search.find(asked.get(i % asked.size()));
        nanos[i] = System.nanoTime() - begun;
        if (found > 0 != there) {
          throw new IllegalStateException("a search found " + found);
        }
      }
    }
    return nanos;
  }
}
