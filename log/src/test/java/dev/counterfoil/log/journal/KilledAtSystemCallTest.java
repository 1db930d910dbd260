package dev.counterfoil.log.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.log.KilledLog;
import dev.counterfoil.log.Log;
import dev.counterfoil.log.TestKey;
import dev.counterfoil.log.checkpoint.Level;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.read.LogReader;
import dev.counterfoil.log.record.LogEntry;
import dev.counterfoil.log.tools.LogCheck;
import dev.counterfoil.log.tools.LogChecker;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real process that writes a log is killed at the n-th of each of its system calls that touch
 * storage, by strace's fault injection; the next life recovers, and may be killed while it does.
 * After every life: the journal has what was acknowledged, and the outside check finds the log
 * sound. A process's death keeps the kernel's pages; the loss of those is {@code SimulationTest}'s.
 */
class KilledAtSystemCallTest {
  private static final Path STRACE = Path.of("/usr/bin/strace");
  private static final int FAILED = 74;
  private static final int KILLED = 128 + 9;

  /**
   * System calls, and at which of a thread's the kill comes: where the log makes them, not where
   * the virtual machine starts.
   */
  private static final Map<String, Range> CALLS =
      new TreeMap<>(
          Map.of(
              "pwrite64", new Range(1, 240),
              "fdatasync", new Range(1, 75),
              "fsync", new Range(1, 6),
              "openat", new Range(120, 158),
              "rename", new Range(1, 28),
              "ftruncate", new Range(1, 2),
              "fcntl", new Range(1, 8),
              "unlink", new Range(1, 8),
              "write", new Range(1, 900),
              "close", new Range(90, 128)));

  private record Range(int first, int last) {}

  private final TestKey key = new TestKey("log.example/logs/s1g1");

  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  private final Map<Long, String> acknowledged = new HashMap<>();
  private final Map<String, Integer> kills = new TreeMap<>();
  private long checkpointed;
  private long held;
  private boolean gaveBack;

  @Test
  void nothingAcknowledgedIsLost() throws Exception {
    lives(1, 24);
    assertThat(kills.values().stream().mapToInt(Integer::intValue).sum()).isGreaterThan(12);
    assertThat(gaveBack).isTrue();
  }

  @Test
  @Tag("full")
  void nothingAcknowledgedIsLostInManyMore() throws Exception {
    lives(2, 1_100);
    System.out.println("killed at: " + kills + "; acknowledged: " + acknowledged.size());
    assertThat(kills.values().stream().mapToInt(Integer::intValue).sum())
        .isGreaterThanOrEqualTo(1_000);
    assertThat(kills.keySet()).isEqualTo(CALLS.keySet());
  }

  @Test
  void aSyncThatFailsStopsTheProcessAndNothingOfItsBatchWasAcknowledged() throws Exception {
    assumeTrue(Files.isExecutable(STRACE), "strace is not installed");
    assertThat(live("fdatasync:error=EIO:when=9+", 0)).isEqualTo(FAILED);
    assertThat(acknowledged).isNotEmpty();
    check();
    assertThat(live("none", 1)).isZero();
    check();
  }

  private void lives(long seed, int count) throws Exception {
    assumeTrue(Files.isExecutable(STRACE), "strace is not installed");
    SplittableRandom random = new SplittableRandom(seed);
    List<String> names = new ArrayList<>(CALLS.keySet());
    for (int life = 0; life < count; life++) {
      String call = names.get(life % names.size());
      Range range = CALLS.getOrDefault(call, new Range(1, 1));
      int when = random.nextInt(range.first, range.last + 1);
      int code = live(call + ":signal=KILL:when=" + when, life);
      assertThat(code).as("%s %d in life %d", call, when, life).isIn(0, KILLED);
      if (code == KILLED) {
        kills.merge(call, 1, Integer::sum);
      }
      check();
      if (acknowledged.size() > 30_000) {
        startAnew(life);
      }
    }
  }

  /** The checks take longer with every entry: from time to time a new log. */
  private void startAnew(int life) throws IOException {
    folder = Files.createDirectory(folder.resolve("after" + life));
    acknowledged.clear();
    checkpointed = 0;
    held = 0;
  }

  /** One life of the process; its exit code. */
  private int live(String fault, int life) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(STRACE.toString());
    // Without --seccomp-bpf, under which strace 6.13 injects errors but no signals.
    command.addAll(List.of("-f", "-qq", "-o", "/dev/null"));
    String call = fault.substring(0, Math.max(0, fault.indexOf(':')));
    if (!call.isEmpty()) {
      command.addAll(List.of("-e", "trace=" + call, "-e", "inject=" + fault));
    } else {
      command.addAll(List.of("-e", "trace=none"));
    }
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx64m", "-cp"));
    command.add(System.getProperty("java.class.path"));
    command.add(KilledLog.class.getName());
    command.add(folder.toString());
    command.add(key.key().toString());
    command.add(key.secret());
    command.add(Integer.toString(life));
    Process process =
        new ProcessBuilder(command)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .start();
    try (BufferedReader lines = process.inputReader(StandardCharsets.US_ASCII)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        read(line);
      }
    }
    return process.waitFor();
  }

  private void read(String line) {
    String[] parts = line.split(" ", -1);
    if (parts[0].equals(KilledLog.OPENED)) {
      assertThat(Long.parseLong(parts[1])).isGreaterThanOrEqualTo(largest());
      return;
    }
    if (parts[0].equals(KilledLog.HELD)) {
      held = Math.max(held, Long.parseLong(parts[1]));
      return;
    }
    long position = Long.parseLong(parts[0]);
    assertThat(acknowledged.put(position, parts[2])).as("position given twice").isNull();
    if (parts[1].equals(Level.CHECKPOINTED.name())) {
      checkpointed = Math.max(checkpointed, position + 1);
    }
  }

  private long largest() {
    return acknowledged.keySet().stream().mapToLong(position -> position + 1).max().orElse(0);
  }

  /** What is on the disk now: first the published side as a reader sees it, then a new start. */
  private void check() throws Exception {
    if (!Files.exists(folder.resolve("public/checkpoint"))) {
      assertThat(checkpointed).isZero();
    } else {
      byte[] note = Files.readAllBytes(folder.resolve("public/checkpoint"));
      assertThat(Checkpoint.verify(note, key.key()).size()).isGreaterThanOrEqualTo(checkpointed);
    }
    Files.createDirectories(folder.resolve("journal"));
    Files.createDirectories(folder.resolve("public"));
    FileDisk journal = FileDisk.privateFolder(folder.resolve("journal"));
    try (Log log =
        Log.open(
            journal,
            FileDisk.publicFolder(folder.resolve("public")),
            KilledLog.OPTIONS,
            key,
            java.time.InstantSource.system(),
            new Random(1))) {
      log.checkpoint();
      assertThat(log.tree().size()).isGreaterThanOrEqualTo(largest());
      // What somebody else holds may be gone, and nothing else.
      long begin = log.journal().begin();
      assertThat(begin).isLessThanOrEqualTo(held);
      gaveBack |= begin > 0;
      Map<Long, String> missing = new HashMap<>(acknowledged);
      missing.keySet().removeIf(position -> position < begin);
      log.journal()
          .scan(
              begin,
              log.tree().size(),
              (position, record) -> {
                String promised = missing.remove(position);
                if (promised != null) {
                  assertThat(digest(record)).as("position %d", position).isEqualTo(promised);
                }
              });
      assertThat(missing).isEmpty();
    }
    try (LogReader reader = new LogReader(FileDisk.toRead(folder.resolve("public")))) {
      LogCheck verdict =
          new LogChecker(
                  reader, key.key(), Optional.empty(), Optional.of(journal), (n, total) -> {})
              .check();
      assertThat(verdict).isInstanceOf(LogCheck.Sound.class);
    }
  }

  private static String digest(byte[] record) {
    try {
      return LogEntry.parse(record).leaf().digest().base64Url();
    } catch (dev.counterfoil.format.bytes.FormatException e) {
      throw new AssertionError(e);
    }
  }
}
