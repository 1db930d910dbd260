package dev.counterfoil.benchmarks.log;

import dev.counterfoil.audit.intake.AuditKeyFile;
import dev.counterfoil.benchmarks.run.Growth;
import dev.counterfoil.log.Log;
import dev.counterfoil.log.RunningLog;
import dev.counterfoil.log.checkpoint.Level;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.journal.JournalOptions;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/**
 * The process that the log benchmark measures: a log with its threads and those who submit to it.
 * It prints one line for each figure, {@code name value value ...}.
 */
public final class LogLife {
  /** Entries that are submitted and not durable, when as many as possible are wanted. */
  private static final int OUTSTANDING = 8_192;

  /** Of so many entries one asks to be released when a signed checkpoint covers it. */
  private static final int CHECKPOINTED_EVERY = 16;

  /** A stall of so many seconds voids a run in which times are taken. */
  private static final int STALL_SECONDS_MAX = 10;

  private static final int SAMPLES_A_DECADE = 8;
  private static final long FIRST_SAMPLE = 10_000;
  private static final String ORIGIN = "127.0.0.1/logs/s1g1";

  private final Path folder;

  private LogLife(Path folder) {
    this.folder = folder;
  }

  /**
   * Lives once.
   *
   * @param arguments a folder, and what to do: {@code grow ENTRIES}, {@code sustain SECONDS RATE},
   *     {@code latency RATE WARM-UP-SECONDS SECONDS}, {@code open}
   */
  public static void main(String[] arguments) throws Exception {
    LogLife life = new LogLife(Path.of(arguments[0]));
    switch (arguments[1]) {
      case "grow" -> life.grow(Long.parseLong(arguments[2]));
      case "sustain" ->
          life.sustain(Integer.parseInt(arguments[2]), Integer.parseInt(arguments[3]));
      case "latency" ->
          life.latency(
              Integer.parseInt(arguments[2]),
              Integer.parseInt(arguments[3]),
              Integer.parseInt(arguments[4]));
      case "open" -> life.open();
      default -> throw new IllegalArgumentException("grow, sustain, latency or open");
    }
  }

  private static void say(String name, long... values) {
    StringBuilder line = new StringBuilder(name);
    for (long value : values) {
      line.append(' ').append(value);
    }
    System.out.println(line);
  }

  private Log openLog() throws IOException {
    return Log.open(
        FileDisk.privateFolder(Files.createDirectories(folder.resolve("journal"))),
        FileDisk.publicFolder(Files.createDirectories(folder.resolve("public"))),
        JournalOptions.TOKENS,
        AuditKeyFile.openOrMake(folder, ORIGIN),
        InstantSource.system(),
        new SecureRandom());
  }

  /** Starts the threads; the first segment is allocated before anything is asked of the log. */
  private static RunningLog run(Log log, RunningLog.Options options) {
    RunningLog running = RunningLog.start(log, options, failure -> Runtime.getRuntime().halt(1));
    while (!running.isNextSegmentReady()) {
      LockSupport.parkNanos(1_000_000);
    }
    return running;
  }

  /** Submits as fast as the log takes, on a thread of its own, until it is told to stop. */
  private static final class Producer extends Thread {
    private final RunningLog log;
    private final int rate;
    private volatile boolean stopped;

    /**
     * @param rate entries a second; 0 for as many as possible
     */
    Producer(RunningLog log, int rate) {
      super("producer");
      this.log = log;
      this.rate = rate;
    }

    @Override
    public void run() {
      long begun = System.nanoTime();
      for (long submitted = 0; !stopped; submitted++) {
        long due = rate == 0 ? begun : begun + submitted * 1_000_000_000L / rate;
        while ((submitted - log.size() >= OUTSTANDING || System.nanoTime() < due) && !stopped) {
          LockSupport.parkNanos(50_000);
        }
        log.submit(new TimedEntry(Level.DURABLE));
      }
    }

    void end() throws InterruptedException {
      stopped = true;
      join();
    }
  }

  /** Goes on growing until the process is killed; samples at sizes that grow by a factor. */
  private void grow(long entries) throws Exception {
    RunningLog log = run(openLog(), RunningLog.Options.DEFAULT);
    new Producer(log, 0).start();
    for (int sample = 0; log.size() < entries; sample++) {
      long size = Math.round(FIRST_SAMPLE * Math.pow(10, (double) sample / SAMPLES_A_DECADE));
      while (log.size() < Math.min(size, entries)) {
        LockSupport.parkNanos(200_000);
      }
      say("sample", Growth.tick(log.size()));
    }
    say("grown", log.size());
    Thread.sleep(Duration.ofMinutes(1));
    throw new IllegalStateException("nobody killed this process");
  }

  /** A load for some time; prints the size in each second. */
  private void sustain(int seconds, int rate) throws Exception {
    try (RunningLog log = run(openLog(), RunningLog.Options.DEFAULT)) {
      Producer producer = new Producer(log, rate);
      producer.start();
      long begun = System.nanoTime();
      for (int second = 0; second <= seconds; second++) {
        long due = begun + second * 1_000_000_000L;
        while (System.nanoTime() < due) {
          LockSupport.parkNanos(due - System.nanoTime());
        }
        say("second", log.size(), System.nanoTime() - begun);
      }
      producer.end();
    }
  }

  /** So many a second, whatever the log does; times count from when an entry was due. */
  private void latency(int rate, int warmUpSeconds, int seconds) throws Exception {
    Histogram durable = new Histogram(60_000_000_000L, 3);
    Histogram checkpointed = new Histogram(60_000_000_000L, 3);
    // A stall is to show in the times, and not as refusals.
    RunningLog.Options options =
        new RunningLog.Options(
            RunningLog.Options.DEFAULT.checkpointInterval(), rate * STALL_SECONDS_MAX);
    try (RunningLog log = run(openLog(), options)) {
      long begun = System.nanoTime();
      long first = (long) rate * warmUpSeconds;
      long count = first + (long) rate * seconds;
      for (long i = 0; i < count; i++) {
        long due = begun + i * 1_000_000_000L / rate;
        while (System.nanoTime() < due) {
          LockSupport.parkNanos(20_000);
        }
        Level level = i % CHECKPOINTED_EVERY == 0 ? Level.CHECKPOINTED : Level.DURABLE;
        Histogram into = level == Level.DURABLE ? durable : checkpointed;
        log.submit(i < first ? new TimedEntry(level) : new TimedEntry(level, due, into));
      }
    }
    say("durable", quantiles(durable));
    say("checkpointed", quantiles(checkpointed));
  }

  /** Number, then median, 99th, 99.9th percentile and greatest, in nanoseconds. */
  static long[] quantiles(Histogram histogram) {
    return new long[] {
      histogram.getTotalCount(),
      histogram.getValueAtPercentile(50),
      histogram.getValueAtPercentile(99),
      histogram.getValueAtPercentile(99.9),
      histogram.getMaxValue()
    };
  }

  /** A start on what a killed process left; takes one entry to show that the log goes on. */
  private void open() throws Exception {
    long begun = System.nanoTime();
    Log log = openLog();
    long opened = System.nanoTime() - begun;
    long sinceStart =
        System.currentTimeMillis() - ManagementFactory.getRuntimeMXBean().getStartTime();
    long before = log.tree().size();
    RunningLog running = run(log, RunningLog.Options.DEFAULT);
    running.submit(new TimedEntry(Level.DURABLE));
    while (running.size() == before) {
      LockSupport.parkNanos(100_000);
    }
    say("opened", before, opened, sinceStart);
    running.close();
  }

  /** A line of a life's output, or a failure that says what there was. */
  static long[] values(String output, String name) {
    return output
        .lines()
        .filter(line -> line.startsWith(name + " "))
        .findFirst()
        .map(LogLife::values)
        .orElseThrow(() -> new IllegalStateException("no line " + name + " in: " + output));
  }

  static long[] values(String line) {
    return Arrays.stream(line.split(" ", -1)).skip(1).mapToLong(Long::parseLong).toArray();
  }
}
