package dev.counterfoil.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.log.Log;
import dev.counterfoil.log.RunningLog;
import dev.counterfoil.log.checkpoint.Level;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.journal.JournalOptions;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.Locale;
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
  private static final String KEY_FILE = "key";

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

  private Log openLog() throws IOException, GeneralSecurityException {
    return Log.open(
        FileDisk.privateFolder(Files.createDirectories(folder.resolve("journal"))),
        FileDisk.publicFolder(Files.createDirectories(folder.resolve("public"))),
        JournalOptions.TOKENS,
        signer(),
        InstantSource.system(),
        new SecureRandom());
  }

  /** Starts the threads; the first segment is allocated before anything is asked of the log. */
  private static RunningLog run(Log log) {
    return run(log, RunningLog.Options.DEFAULT);
  }

  private static RunningLog run(Log log, RunningLog.Options options) {
    RunningLog running = RunningLog.start(log, options, failure -> Runtime.getRuntime().halt(1));
    while (!running.isNextSegmentReady()) {
      LockSupport.parkNanos(1_000_000);
    }
    return running;
  }

  /** The log's key is kept beside it: a second life goes on with it. */
  private NoteSigner signer() throws IOException, GeneralSecurityException {
    Path file = folder.resolve(KEY_FILE);
    if (!Files.exists(file)) {
      KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
      Files.writeString(
          file,
          NoteKey.of(ORIGIN, pair.getPublic())
              + "\n"
              + HexFormat.of().formatHex(pair.getPrivate().getEncoded()));
    }
    String[] lines = Files.readString(file).split("\n", -1);
    PrivateKey secret =
        KeyFactory.getInstance("Ed25519")
            .generatePrivate(new PKCS8EncodedKeySpec(HexFormat.of().parseHex(lines[1])));
    NoteKey key;
    try {
      key = NoteKey.parse(lines[0]);
    } catch (dev.counterfoil.format.bytes.FormatException e) {
      throw new IOException("the run's key file is none", e);
    }
    return new NoteSigner() {
      @Override
      public NoteKey key() {
        return key;
      }

      @Override
      public byte[] sign(byte[] text) throws GeneralSecurityException {
        Signature signature = Signature.getInstance("Ed25519");
        signature.initSign(secret);
        signature.update(text);
        return signature.sign();
      }
    };
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
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    RunningLog log = run(openLog());
    new Producer(log, 0).start();
    for (int sample = 0; ; sample++) {
      long size = Math.round(FIRST_SAMPLE * Math.pow(10, (double) sample / SAMPLES_A_DECADE));
      long reached;
      while ((reached = log.size()) < Math.min(size, entries)) {
        LockSupport.parkNanos(200_000);
      }
      say("sample", reached, System.nanoTime(), system.getProcessCpuTime());
      if (reached >= entries) {
        say("grown", reached);
        Thread.sleep(Duration.ofMinutes(1));
        throw new IllegalStateException("nobody killed this process");
      }
    }
  }

  /** A load for some time; prints the size in each second. */
  private void sustain(int seconds, int rate) throws Exception {
    try (RunningLog log = run(openLog())) {
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
    Histogram durable = histogram();
    Histogram checkpointed = histogram();
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

  private static Histogram histogram() {
    return new Histogram(60_000_000_000L, 3);
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
    RunningLog running = run(log);
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
        .orElseThrow(
            () ->
                new IllegalStateException(
                    String.format(Locale.ROOT, "no line %s in: %s", name, output)));
  }

  static long[] values(String line) {
    return java.util.Arrays.stream(line.split(" ", -1))
        .skip(1)
        .mapToLong(Long::parseLong)
        .toArray();
  }
}
