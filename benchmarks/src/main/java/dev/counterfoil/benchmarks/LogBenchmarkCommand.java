package dev.counterfoil.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures the log by itself, as a process on a real disk. */
@Command(
    name = "log",
    mixinStandardHelpOptions = true,
    description = {
      "Measures the log by itself: a process with its threads on a real disk, records of 250 bytes,",
      "every one synced and in the tree before it counts. Entries a second; time to durable and to a",
      "signed checkpoint; cost while the log grows; disk space; and a start after kill -9.",
      "A refused entry voids the run. It writes some 330 bytes for each entry, and removes them."
    })
final class LogBenchmarkCommand implements Callable<Integer> {
  private static final int SECONDS_MAX = 3_600;
  private static final long ENTRIES_MIN = 100_000;
  private static final Duration GROWING_MAX = Duration.ofHours(1);
  private static final Duration OPENING_MAX = Duration.ofMinutes(5);
  private static final int STARTS = 3;

  /** The memory that a signer is started with. */
  private static final List<String> JVM = List.of("-Xmx96m", "-XX:+UseSerialGC");

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli fills it before the call
  private PlaceOptions place;

  @Option(
      names = "--seconds",
      defaultValue = "10",
      description =
          "Length of the load with as many entries as possible, 5 to 3600 (default: ${DEFAULT-VALUE}).")
  private int seconds;

  @Option(
      names = "--steady-seconds",
      paramLabel = "SECONDS",
      defaultValue = "0",
      description =
          "Length of a second load, at a steady rate that the disk has room for, up to 3600; 0 leaves it out (default: ${DEFAULT-VALUE}).")
  private int steadySeconds;

  @Option(
      names = "--steady-rate",
      paramLabel = "RATE",
      defaultValue = "100000",
      description = "Entries a second of that load (default: ${DEFAULT-VALUE}).")
  private int steadyRate;

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

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli fills it before the call
  private Publication publication;

  @Override
  public Integer call() throws IOException, InterruptedException, NoSuchAlgorithmException {
    if (seconds < 5
        || seconds > SECONDS_MAX
        || (steadySeconds != 0 && (steadySeconds < 5 || steadySeconds > SECONDS_MAX))
        || steadyRate < 1
        || latencySeconds < 1
        || latencySeconds > SECONDS_MAX
        || rate < 1
        || levelRate < 0
        || entries < ENTRIES_MIN) {
      throw new IllegalArgumentException("a number is out of its bounds; --help has them");
    }
    try (RunFolder folder = RunFolder.create(place.folder())) {
      Machine machine = Machine.read(folder.path(), InstantSource.system());
      say("physical limits");
      PhysicalLimits limits = PhysicalLimits.measure(folder.path());
      say("as many entries as possible, " + seconds + " s");
      LogReport.Sustained sustained = sustain(folder.path(), seconds, 0);
      List<LogReport.Sustained> steady = List.of();
      if (steadySeconds > 0) {
        say(steadyRate + " entries/s, " + steadySeconds + " s");
        steady = List.of(sustain(folder.path(), steadySeconds, steadyRate));
      }
      say(rate + " entries/s, " + latencySeconds + " s");
      List<LogReport.Times> times = latency(folder.path());
      List<LogReport.Times> installed = List.of();
      if (levelRate > 0) {
        say("a whole installation with three witnesses, " + levelRate + " tokens/s of each level");
        Path own = Files.createDirectory(folder.path().resolve("i"));
        installed = InstalledLevels.measure(place.root(), own, levelRate, latencySeconds);
      }
      say("growing to " + entries + " entries, then kill -9 and start");
      Path grown = Files.createDirectory(folder.path().resolve("grown"));
      List<LogReport.Sample> samples = grow(grown);
      LogReport.Space space = space(grown);
      List<LogReport.Start> starts = new ArrayList<>();
      for (int i = 0; i < STARTS; i++) {
        long[] opened = LogLife.values(life("open" + i, grown, OPENING_MAX, "open"), "opened");
        starts.add(new LogReport.Start(opened[0], opened[1] / 1_000_000, opened[2]));
        if (i == 0 && opened[0] < entries) {
          throw new IllegalStateException("the log lost entries that it had said were durable");
        }
      }
      LogReport report =
          new LogReport(
              command(),
              machine,
              limits,
              sustained,
              steadyRate,
              steady,
              rate,
              times,
              levelRate,
              installed,
              samples,
              space,
              starts);
      publication.report(place.root(), "log", report.text(), report);
      publication.picture(place.root(), "log-cost.svg", LogReport.picture(samples));
    }
    return 0;
  }

  private LogReport.Sustained sustain(Path folder, int length, int offered)
      throws IOException, InterruptedException {
    Path own = Files.createDirectory(folder.resolve("sustained"));
    String output =
        life(
            "sustained",
            own,
            Duration.ofSeconds(length).plusMinutes(1),
            "sustain",
            Integer.toString(length),
            Integer.toString(offered));
    List<long[]> ticks =
        output.lines().filter(line -> line.startsWith("second ")).map(LogLife::values).toList();
    Folders.delete(own);
    return LogReport.Sustained.of(ticks);
  }

  private List<LogReport.Times> latency(Path folder) throws IOException, InterruptedException {
    Path own = Files.createDirectory(folder.resolve("latency"));
    int warmUp = Math.max(1, latencySeconds / 3);
    String output =
        life(
            "latency",
            own,
            Duration.ofSeconds(latencySeconds + warmUp).plusMinutes(1),
            "latency",
            Integer.toString(rate),
            Integer.toString(warmUp),
            Integer.toString(latencySeconds));
    Folders.delete(own);
    return List.of(
        LogReport.Times.of("durable", LogLife.values(output, "durable")),
        LogReport.Times.of("in a signed checkpoint", LogLife.values(output, "checkpointed")));
  }

  /** Lets a log grow and kills it while it still grows. */
  private List<LogReport.Sample> grow(Path folder) throws IOException, InterruptedException {
    try (Child child = child("grow", folder, "grow", Long.toString(entries))) {
      long begun = System.nanoTime();
      while (!child.output().contains("grown ")) {
        if (!child.isAlive() || System.nanoTime() - begun > GROWING_MAX.toNanos()) {
          throw new IllegalStateException("the log did not grow." + child.shown());
        }
        Thread.sleep(5);
      }
      child.all().forEach(ProcessHandle::destroyForcibly);
      child.await(Child.ENDING_MAX);
      return LogReport.Sample.of(
          child
              .output()
              .lines()
              .filter(line -> line.startsWith("sample "))
              .map(LogLife::values)
              .toList());
    }
  }

  /** Bytes of all files of a log whose segment that is not full counts as it lies there. */
  private LogReport.Space space(Path folder) throws IOException {
    long bytes = 0;
    long digests = 0;
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        bytes += Files.size(file);
        if (file.endsWith("public/digests")) {
          digests = Files.size(file);
        }
      }
    }
    return LogReport.Space.of(bytes, digests / 32);
  }

  /** Runs a process to its end; what it printed. */
  private String life(String name, Path folder, Duration most, String... what)
      throws IOException, InterruptedException {
    try (Child child = child(name, folder, what)) {
      int code = child.await(most);
      if (code != 0) {
        throw new IllegalStateException(name + " ended with " + code + "." + child.shown());
      }
      return child.output();
    }
  }

  private static Child child(String name, Path folder, String... what) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(JVM);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(LogLife.class.getName(), folder.toString()));
    command.addAll(List.of(what));
    return Child.start(name, folder, folder.resolveSibling(name + ".log"), Map.of(), command);
  }

  private String command() {
    return "./dev bench log --seconds %d --steady-seconds %d --steady-rate %d --rate %d --latency-seconds %d --level-rate %d --entries %d"
        .formatted(seconds, steadySeconds, steadyRate, rate, latencySeconds, levelRate, entries);
  }

  private static void say(String text) {
    System.err.println(text);
  }
}
