package dev.counterfoil.benchmarks.run;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;

/** What one more costs while something grows, from ticks of size, time and processor time. */
public final class Growth {
  private Growth() {}

  /**
   * The cost of one between two sizes.
   *
   * @param size at the end
   * @param processorMicros of the whole process
   */
  public record Cost(long size, double micros, double processorMicros) {}

  /** A tick, now. */
  public static long[] tick(long size) {
    return new long[] {size, System.nanoTime(), processorNanos()};
  }

  /** What this process used of the processors so far, all threads. */
  public static long processorNanos() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
  }

  public static List<Cost> of(List<long[]> ticks) {
    List<Cost> costs = new ArrayList<>();
    for (int i = 1; i < ticks.size(); i++) {
      long[] from = ticks.get(i - 1);
      long[] to = ticks.get(i);
      double grown = to[0] - from[0];
      if (grown > 0) {
        costs.add(
            new Cost(to[0], (to[1] - from[1]) / grown / 1000, (to[2] - from[2]) / grown / 1000));
      }
    }
    return costs;
  }
}
