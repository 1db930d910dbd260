package dev.counterfoil.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.log.disk.FaultyDisk;
import dev.counterfoil.log.disk.LogServer;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.log.read.ChangedLeafHashes;
import dev.counterfoil.log.read.LogReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Other people's software checks our log over HTTP: {@code src/test/go/auditor}, made of Go's
 * {@code sumdb} and of transparency-dev's {@code merkle}, from Debian's packages.
 */
class OutsideClientTest {
  private static final Path ROOT = Path.of(System.getProperty("counterfoil.root", ".."));
  private static final String ORIGIN = "log.example/logs/s1g1";

  /** Three full levels of tiles are begun, and the tip is partial on each. */
  private static final int ENTRIES = 5_000;

  private static final int MILLION = 1_000_000;

  @TempDir
  @SuppressWarnings("NullAway.Init") // made before the tests
  private static Path built;

  private final Machine machine = new Machine(new Random(7));
  private final FaultyDisk publicDisk = machine.disk("public");
  private final TestKey key = new TestKey(ORIGIN);

  @TempDir
  @SuppressWarnings("NullAway.Init") // made before each test
  private Path folder;

  private record Run(int exitCode, String out) {}

  @BeforeAll
  static void build() throws Exception {
    ProcessBuilder go =
        new ProcessBuilder(
            "go",
            "build",
            "-o",
            built.resolve("auditor").toString(),
            ROOT.resolve("log/src/test/go/auditor/auditor.go").toString());
    go.environment().put("GO111MODULE", "off");
    go.environment().put("GOPATH", "/usr/share/gocode");
    go.environment().put("GOFLAGS", "");
    Run run = run(go);
    assertThat(run.exitCode()).as(run.out()).isZero();
  }

  private static Run run(ProcessBuilder builder) throws Exception {
    Process process;
    try {
      process = builder.redirectErrorStream(true).start();
    } catch (IOException e) {
      throw new AssertionError(
          "install golang-go, golang-golang-x-mod-dev, golang-github-transparency-dev-merkle-dev and"
              + " golang-github-transparency-dev-formats-dev, as ./dev test does",
          e);
    }
    String out =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    return new Run(process.waitFor(), out);
  }

  private static Run audit(LogServer server, NoteKey logKey, String... more) throws Exception {
    List<String> command = new ArrayList<>();
    Collections.addAll(
        command,
        built.resolve("auditor").toString(),
        "-url",
        server.url().toString(),
        "-vkey",
        logKey.toString());
    Collections.addAll(command, more);
    return run(new ProcessBuilder(command));
  }

  private byte[] write(Log log, int entries) throws IOException {
    List<TestSubmission> batch = new ArrayList<>();
    while (log.tree().size() < entries) {
      batch.clear();
      for (long i = 0; i < Math.min(5000, entries - log.tree().size()); i++) {
        batch.add(new TestSubmission("e" + i));
      }
      log.sequence(batch);
    }
    log.checkpoint();
    try (LogReader reader = new LogReader(publicDisk)) {
      return reader.checkpoint();
    }
  }

  private Log open() throws IOException {
    return Log.open(
        machine.disk("journal"),
        publicDisk,
        new JournalOptions(64 << 20, 0),
        key,
        () -> Instant.ofEpochSecond(1),
        new Random(3));
  }

  @Test
  void itChecksOurLogAndNoticesEachChange() throws Exception {
    LogReader reader = new LogReader(publicDisk);
    ChangedLeafHashes served = new ChangedLeafHashes(reader);
    try (Log log = open();
        reader;
        LogServer server = new LogServer(served)) {
      Path kept = Files.write(folder.resolve("kept"), write(log, 777));
      write(log, ENTRIES);
      Run good = audit(server, key.key(), "-kept", kept.toString());
      assertThat(good.out()).startsWith("OK " + ENTRIES + " entries");
      assertThat(good.exitCode()).isZero();

      changed(server, "digests", 1234L * Hash.BYTES, "");
      served.positions.add(1234L);
      assertThat(audit(server, key.key()).out()).startsWith("FAILED").contains("entry");
      served.positions.clear();
      changed(server, "level-1", 3L * Hash.BYTES, "");
      changed(server, "checkpoint", ORIGIN.length() + 1L, "checkpoint");
      TestKey other = new TestKey(ORIGIN);
      assertThat(audit(server, other.key()).exitCode()).isNotZero();
      Path lie =
          Files.write(
              folder.resolve("lie"),
              key.checkpoint(new Checkpoint(ORIGIN, 777, Hash.sha256(new byte[1]))));
      Run fork = audit(server, key.key(), "-kept", lie.toString());
      assertThat(fork.out()).contains("consistency with size 777");
      assertThat(fork.exitCode()).isNotZero();
      assertThat(audit(server, key.key()).exitCode()).as("all was put back").isZero();
    }
  }

  private void changed(LogServer server, String file, long offset, String said) throws Exception {
    publicDisk.flip(file, offset * 8);
    Run run = audit(server, key.key());
    assertThat(run.exitCode()).as(file + ": " + run.out()).isNotZero();
    assertThat(run.out()).startsWith("FAILED").contains(said);
    publicDisk.flip(file, offset * 8);
  }

  @Test
  @Tag("full")
  void itChecksAMillionEntries() throws Exception {
    try (Log log = open();
        LogReader reader = new LogReader(publicDisk);
        LogServer server = new LogServer(reader)) {
      write(log, MILLION);
      long start = System.nanoTime();
      Run run = audit(server, key.key());
      System.out.printf("%s in %.1f s%n", run.out(), (System.nanoTime() - start) / 1e9);
      assertThat(run.out()).startsWith("OK " + MILLION + " entries");
    }
  }
}
