package dev.counterfoil.benchmarks.log;

import dev.counterfoil.benchmarks.run.Child;
import dev.counterfoil.benchmarks.run.Floors;
import dev.counterfoil.benchmarks.run.Growth;
import dev.counterfoil.benchmarks.run.Measurement;
import dev.counterfoil.benchmarks.run.RunFolder;
import dev.counterfoil.benchmarks.run.RunReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures the log by itself, as a process on a real disk. */
@Command(
    name = "log",
    description = {
      "Measures the log by itself: a process with its threads on a real disk, records of 250 bytes,",
      "every one synced and in the tree before it counts. Entries a second; time to durable and to a",
      "signed checkpoint; cost while the log grows; disk space; and a start after kill -9.",
      "A refused entry voids the run. It writes some 330 bytes for each entry, and removes them."
    })
public final class LogBenchmarkCommand extends Measurement {
  private static final Duration GROWING_MAX = Duration.ofHours(1);
  private static final Duration OPENING_MAX = Duration.ofMinutes(5);
  private static final int STARTS = 3;

  /**
   * Size from which on the cost of an entry is to stay flat: below, the virtual machine warms up.
   */
  private static final long FLAT_FROM = 100_000;

  /** Seconds at the beginning of a load that do not count. */
  private static final int WARM_UP = 2;

  /** The memory that a signer is started with. */
  private static final List<String> JVM = List.of("-Xmx96m", "-XX:+UseSerialGC");

  @Option(
      names = "--seconds",
      defaultValue = "10",
      description =
          "Length of the load with as many entries as possible, 5 and more (default: ${DEFAULT-VALUE}).")
  private int seconds;

  @Option(
      names = "--steady-seconds",
      paramLabel = "SECONDS",
      defaultValue = "0",
      description =
          "Length of a second load, of 100,000 entries a second; 0 leaves it out (default: ${DEFAULT-VALUE}).")
  private int steadySeconds;

  @Option(
      names = "--rate",
      defaultValue = "20000",
      description = "Entries a second offered while times are taken (default: ${DEFAULT-VALUE}).")
  private int rate;

  @Option(
      names = "--latency-seconds",
      paramLabel = "SECONDS",
      defaultValue = "10",
      description = "Length of that, after a third of it to warm up (default: ${DEFAULT-VALUE}).")
  private int latencySeconds;

  @Option(
      names = "--level-rate",
      defaultValue = "200",
      description =
          "Tokens a second of each level, in a whole installation with three witnesses; 0 leaves this out (default: ${DEFAULT-VALUE}).")
  private int levelRate;

  @Option(
      names = "--entries",
      defaultValue = "1000000",
      description =
          "Size to which a log grows before it is killed and started again, 100000 or more (default: ${DEFAULT-VALUE}).")
  private long entries;

  @Override
  protected void measure(Path folder, RunReport report) throws Exception {
    require(
        seconds >= 5 && latencySeconds >= 1 && rate >= 1 && levelRate >= 0 && entries >= FLAT_FROM,
        "a number is out of its bounds; --help has them");
    say("as many entries as possible, " + seconds + " s");
    sustain(folder, "As many as possible", seconds, 0, report);
    if (steadySeconds > 0) {
      say("100,000 entries/s, " + steadySeconds + " s");
      sustain(folder, "100,000 entries/s offered", steadySeconds, 100_000, report);
    }
    RunReport.Table times =
        report.table(
            "until", "a second", "entries", "p50 ms", "p99 ms", "p99.9 ms", "max ms", "too late");
    say(rate + " entries/s, " + latencySeconds + " s");
    latency(folder, times);
    if (levelRate > 0) {
      say("a whole installation with three witnesses, " + levelRate + " tokens/s of each level");
      InstalledLevels.measure(
          Files.createDirectory(folder.resolve("i")), levelRate, latencySeconds, times);
    }
    say("growing to " + entries + " entries, then kill -9 and start");
    try (RunFolder grown = RunFolder.create(folder)) {
      growth(grow(grown.path()), report);
      space(grown.path(), report);
      for (int i = 0; i < STARTS; i++) {
        long[] opened = LogLife.values(life(grown.path(), OPENING_MAX, "open"), "opened");
        report.note(
            "Start with %,d entries after %s: the log is open after %,d ms, %,d ms after the process began",
            opened[0],
            i == 0 ? "kill -9" : "a proper end",
            Duration.ofNanos(opened[1]).toMillis(),
            opened[2]);
      }
    }
    report.note(
        "One core, nothing else of the run going on: %,.0f SHA-256/s of 160 bytes, %,.0f tree nodes/s",
        Floors.digests(), Floors.nodes());
    Floors.noteSyncs(folder, report);
  }

  private static void sustain(Path folder, String what, int length, int offered, RunReport report)
      throws IOException, InterruptedException {
    try (RunFolder own = RunFolder.create(folder)) {
      String output =
          life(
              own.path(),
              Duration.ofSeconds(length).plusMinutes(1),
              "sustain",
              Integer.toString(length),
              Integer.toString(offered));
      List<long[]> ticks = ticks(output, "second");
      report.note("%s: %s", what, sustained(ticks));
    }
  }

  /** From size and time at the end of each second. */
  static String sustained(List<long[]> ticks) {
    long[] first = ticks.get(WARM_UP);
    long[] last = ticks.getLast();
    long worst = Long.MAX_VALUE;
    for (int i = WARM_UP + 1; i < ticks.size(); i++) {
      long grown = ticks.get(i)[0] - ticks.get(i - 1)[0];
      worst = Math.min(worst, grown * 1_000_000_000L / (ticks.get(i)[1] - ticks.get(i - 1)[1]));
    }
    double took = (last[1] - first[1]) / 1e9;
    return String.format(
        Locale.ROOT,
        "%,.0f entries/s durable and in the tree, over %.0f s; the slowest second %,d",
        (last[0] - first[0]) / took,
        took,
        worst);
  }

  private void latency(Path folder, RunReport.Table times)
      throws IOException, InterruptedException {
    int warmUp = Math.max(1, latencySeconds / 3);
    try (RunFolder own = RunFolder.create(folder)) {
      String output =
          life(
              own.path(),
              Duration.ofSeconds(latencySeconds + warmUp).plusMinutes(1),
              "latency",
              Integer.toString(rate),
              Integer.toString(warmUp),
              Integer.toString(latencySeconds));
      for (String level : List.of("durable", "checkpointed")) {
        row(times, "the log alone: " + level, rate, LogLife.values(output, level), 0);
      }
    }
  }

  /** Adds a row of quantiles. */
  static void row(RunReport.Table times, String until, int rate, long[] nanos, int late) {
    times.row(
        until,
        rate,
        nanos[0],
        nanos[1] / 1e6,
        nanos[2] / 1e6,
        nanos[3] / 1e6,
        nanos[4] / 1e6,
        late);
  }

  /** Lets a log grow and kills it while it still grows. */
  private List<Growth.Cost> grow(Path folder) throws IOException, InterruptedException {
    try (Child child = child(folder, "grow", Long.toString(entries))) {
      child.line(line -> line.startsWith("grown "), GROWING_MAX);
      child.kill();
      return Growth.of(ticks(child.output(), "sample"));
    }
  }

  private static void growth(List<Growth.Cost> costs, RunReport report) {
    RunReport.Table table = report.table("grown to", "µs for one entry", "µs of processor time");
    for (Growth.Cost cost : costs) {
      if (isDecade(cost.size()) || cost.equals(costs.getLast())) {
        table.row(cost.size(), cost.micros(), cost.processorMicros());
      }
    }
    Growth.Cost small =
        costs.stream().filter(s -> s.size() >= FLAT_FROM).findFirst().orElse(costs.getFirst());
    Growth.Cost large = costs.getLast();
    report.note(
        "Flat: at %,d entries one more costs %.2f times the time and %.2f times the processor time that it costs at %,d",
        large.size(),
        large.micros() / small.micros(),
        large.processorMicros() / small.processorMicros(),
        small.size());
  }

  /** Samples end a little past the size that they were taken for. */
  private static boolean isDecade(long size) {
    double decade = Math.log10((double) size);
    return decade - Math.floor(decade) < 0.04;
  }

  /** All files of a log; a segment that is not full counts as it lies there. */
  private static void space(Path folder, RunReport report) throws IOException {
    long bytes = 0;
    for (String part : List.of("journal", "public")) {
      try (Stream<Path> files = Files.walk(folder.resolve(part))) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          bytes += Files.size(file);
        }
      }
    }
    report.note(
        "Disk: %.1f bytes for one entry, everything counted, of a record of %d and its header of 8",
        bytes * 32.0 / Files.size(folder.resolve("public/digests")), TimedEntry.RECORD_BYTES);
  }

  /** Runs a process to its end; what it printed. */
  private static String life(Path folder, Duration most, String... what)
      throws IOException, InterruptedException {
    try (Child child = child(folder, what)) {
      return child.said(most);
    }
  }

  private static Child child(Path folder, String... what) throws IOException {
    List<String> arguments = new ArrayList<>(List.of(folder.toString()));
    arguments.addAll(Arrays.asList(what));
    return Child.java(folder, Map.of(), JVM, LogLife.class, arguments.toArray(String[]::new));
  }

  private static List<long[]> ticks(String output, String name) {
    return output.lines().filter(line -> line.startsWith(name + " ")).map(LogLife::values).toList();
  }
}
