package dev.counterfoil.benchmarks;

import java.util.ArrayList;
import java.util.Formatter;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * Everything that one run of the log benchmark found.
 *
 * @param command what reproduces it
 * @param steadyRate entries a second offered in the steady load
 * @param steady that load, or none
 * @param rate entries a second offered while the times were taken
 * @param levelRate tokens a second of each level, in a whole installation
 * @param installed times of those
 * @param samples cost while the log grew
 * @param starts after kill -9, then after a proper end
 */
record LogReport(
    String command,
    Machine machine,
    PhysicalLimits limits,
    Sustained sustained,
    int steadyRate,
    List<Sustained> steady,
    int rate,
    List<Times> times,
    int levelRate,
    List<Times> installed,
    List<Sample> samples,
    Space space,
    List<Start> starts) {

  /** Seconds at the beginning of a load that do not count. */
  private static final int WARM_UP = 2;

  /** Size from which on the cost of an entry is to stay flat. */
  private static final long FLAT_FROM = 100_000;

  /** What a log may take on disk, times the record and its two rows of hashes. */
  private static final double SPACE_FACTOR = 1.2;

  private static final double TREE_BYTES = 32.1;

  /**
   * As many entries as the log takes.
   *
   * @param entries in all, the warm-up left out
   * @param worstSecond entries in the slowest second
   */
  record Sustained(long entries, double seconds, double perSecond, long worstSecond) {
    /** Size and time at the end of each second. */
    static Sustained of(List<long[]> ticks) {
      long[] first = ticks.get(WARM_UP);
      long[] last = ticks.getLast();
      long worst = Long.MAX_VALUE;
      for (int i = WARM_UP + 1; i < ticks.size(); i++) {
        long grown = ticks.get(i)[0] - ticks.get(i - 1)[0];
        worst = Math.min(worst, grown * 1_000_000_000L / (ticks.get(i)[1] - ticks.get(i - 1)[1]));
      }
      double seconds = (last[1] - first[1]) / 1e9;
      return new Sustained(
          last[0] - first[0],
          LoadOutcome.round(seconds, 1),
          LoadOutcome.round((last[0] - first[0]) / seconds, 0),
          worst);
    }
  }

  /**
   * Times from when an entry was due until it was released, in milliseconds.
   *
   * @param late entries whose level was not reached in time, in none of the times
   */
  record Times(
      String until,
      long entries,
      double p50Millis,
      double p99Millis,
      double p999Millis,
      double maxMillis,
      int late) {
    static Times of(String until, long[] nanos) {
      return of(until, nanos, 0);
    }

    static Times of(String until, long[] nanos, int late) {
      return new Times(
          until,
          nanos[0],
          LoadOutcome.round(nanos[1] / 1e6, 2),
          LoadOutcome.round(nanos[2] / 1e6, 2),
          LoadOutcome.round(nanos[3] / 1e6, 2),
          LoadOutcome.round(nanos[4] / 1e6, 2),
          late);
    }
  }

  /**
   * Cost of an entry between two sizes.
   *
   * @param size at the end
   * @param processorMicros of the whole process, those who submit included
   */
  record Sample(long size, double micros, double processorMicros) {
    static List<Sample> of(List<long[]> ticks) {
      List<Sample> samples = new ArrayList<>();
      for (int i = 1; i < ticks.size(); i++) {
        long[] from = ticks.get(i - 1);
        long[] to = ticks.get(i);
        double grown = to[0] - from[0];
        if (grown > 0) {
          samples.add(
              new Sample(
                  to[0],
                  LoadOutcome.round((to[1] - from[1]) / grown / 1000, 2),
                  LoadOutcome.round((to[2] - from[2]) / grown / 1000, 2)));
        }
      }
      return samples;
    }
  }

  /**
   * What the files take.
   *
   * @param bytes all of them: journal with its spare and unused segment, hashes, checkpoint
   * @param bytesMax what an entry may take
   */
  record Space(long bytes, long entries, double bytesPerEntry, double bytesMax) {
    static Space of(long bytes, long entries) {
      return new Space(
          bytes,
          entries,
          LoadOutcome.round((double) bytes / entries, 1),
          LoadOutcome.round(SPACE_FACTOR * (TimedEntry.RECORD_BYTES + 8 + TREE_BYTES), 1));
    }
  }

  /** A start: opening the log, and from the start of the process until it was open. */
  record Start(long entries, long openMillis, long processMillis) {}

  /** What an entry costs while the log grows. */
  static String picture(List<Sample> samples) {
    return new LinePlot(
            "Cost of an entry while the log grows",
            "Microseconds for one entry, and microseconds of processor time, against the size of the log. The table beside the picture has the figures.",
            "entries in the log",
            List.of(
                curve("µs for one entry", "#047857", false, samples, Sample::micros),
                curve(
                    "µs of processor time, all threads (dashed)",
                    "#b45309",
                    true,
                    samples,
                    Sample::processorMicros)))
        .svg();
  }

  private static LinePlot.Curve curve(
      String label,
      String colour,
      boolean isDashed,
      List<Sample> samples,
      ToDoubleFunction<Sample> value) {
    return new LinePlot.Curve(
        label,
        colour,
        isDashed,
        samples.stream()
            .map(sample -> new LinePlot.Point(sample.size(), value.applyAsDouble(sample)))
            .toList());
  }

  /** The report as Markdown. */
  String text() {
    Formatter text = new Formatter(Locale.ROOT);
    text.format(
        "- As many as possible: %,.0f entries/s durable and in the tree, over %.0f s (%,d entries); the slowest second %,d.%n",
        sustained.perSecond, sustained.seconds, sustained.entries, sustained.worstSecond);
    for (Sustained one : steady) {
      text.format(
          "- %,d entries/s offered: %,.0f entries/s durable and in the tree, over %.0f s (%,d entries); the slowest second %,d.%n",
          steadyRate, one.perSecond, one.seconds, one.entries, one.worstSecond);
    }
    text.format("%n");
    table(text, String.format(Locale.ROOT, "at %,d entries/s, until", rate), times);
    if (!installed.isEmpty()) {
      table(
          text, String.format(Locale.ROOT, "at %,d tokens/s of each, until", levelRate), installed);
    }
    text.format(
        "![Time and processor time for one entry while the log grows](pictures/log-cost.svg)%n%n");
    text.format("| grown to | µs for one entry | µs of processor time |%n|--:|--:|--:|%n");
    for (int i = 0; i < samples.size(); i++) {
      Sample s = samples.get(i);
      if (isDecade(s.size) || i == samples.size() - 1) {
        text.format("| %,d | %.2f | %.2f |%n", s.size, s.micros, s.processorMicros);
      }
    }
    // Below, it is the virtual machine that warms up.
    Sample small =
        samples.stream().filter(s -> s.size >= FLAT_FROM).findFirst().orElse(samples.getFirst());
    Sample large = samples.getLast();
    text.format(
        "%n- Flat: at %,d entries one more costs %.2f times the time and %.2f times the processor time that it costs at %,d.%n",
        large.size,
        large.micros / small.micros,
        large.processorMicros / small.processorMicros,
        small.size);
    for (int i = 0; i < starts.size(); i++) {
      text.format(
          "- Start with %,d entries after %s: the log is open after %,d ms, %,d ms after the process began.%n",
          starts.get(i).entries,
          i == 0 ? "kill -9" : "a proper end",
          starts.get(i).openMillis,
          starts.get(i).processMillis);
    }
    text.format(
        "- Disk: %.1f bytes for one entry, everything counted, of a record of %d and its header of 8; bound %.1f.%n",
        space.bytesPerEntry, TimedEntry.RECORD_BYTES, space.bytesMax);
    text.format(
        "- One core, nothing else of the run going on: %,.0f SHA-256/s of 160 bytes, %,.0f tree nodes/s.%n",
        limits.digestsPerSecond(), limits.nodesPerSecond());
    text.format(
        "- Device: %,.0f fdatasync/s of 16 KiB into a preallocated file, p50 %.2f ms, p99 %.2f ms.%n",
        limits.syncsPerSecond(), limits.syncP50Micros() / 1000.0, limits.syncP99Micros() / 1000.0);
    text.format("%s", machine.line());
    text.format("- Again: `%s`%n", command);
    return text.toString();
  }

  private static void table(Formatter text, String title, List<Times> times) {
    text.format("| %s | entries | p50 ms | p99 ms | p99.9 ms | max ms | too late |%n", title);
    text.format("|---|--:|--:|--:|--:|--:|--:|%n");
    for (Times t : times) {
      text.format(
          "| %s | %,d | %.2f | %.2f | %.2f | %.2f | %,d |%n",
          t.until, t.entries, t.p50Millis, t.p99Millis, t.p999Millis, t.maxMillis, t.late);
    }
    text.format("%n");
  }

  /** Samples end a little past the size that they were taken for. */
  private static boolean isDecade(long size) {
    double decade = Math.log10((double) size);
    return decade - Math.floor(decade) < 0.04;
  }
}
