package dev.counterfoil.witness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The witness's process under strace: when it syncs, and what it does when it cannot. */
@Timeout(600)
class FaultWitnessProcessTest {
  private static final Path STRACE = Path.of("/usr/bin/strace");

  @TempDir
  @SuppressWarnings("NullAway.Init") // made before each test
  private Path folder;

  private TestLog log;

  @BeforeEach
  void acceptLog() throws Exception {
    assumeTrue(Files.isExecutable(STRACE), "strace is not installed");
    log = TestLog.of("log.example", 200);
    TestWitness.accept(folder, log);
    // The tables are there before anything is counted.
    WitnessProcess first = WitnessProcess.start(folder);
    first.process().destroy();
    first.process().waitFor();
  }

  private WitnessProcess start(Path trace, String... more) throws IOException {
    List<String> prefix =
        new ArrayList<>(
            List.of(
                STRACE.toString(),
                "-f",
                "-qq",
                "-o",
                trace.toString(),
                "-P",
                folder.toRealPath().resolve("data/witness.db-wal").toString(),
                "-e",
                "trace=fsync,fdatasync"));
    prefix.addAll(List.of(more));
    return WitnessProcess.start(folder, prefix.toArray(String[]::new));
  }

  private static long syncs(Path trace) throws IOException {
    try (var lines = Files.lines(trace)) {
      return lines.filter(line -> line.contains("sync(")).count();
    }
  }

  @Test
  void eachAnswerComesAfterASync() throws Exception {
    Path trace = folder.resolve("trace");
    WitnessProcess witness = start(trace);
    try {
      long before = syncs(trace);
      for (int size = 0; size < 20; size++) {
        assertThat(witness.post(log.request(size, size + 1)).statusCode()).isEqualTo(200);
        assertThat(syncs(trace)).isGreaterThan(before);
        before = syncs(trace);
      }
      // What changes nothing is not written.
      assertThat(witness.post(log.request(3, 30)).statusCode()).isEqualTo(409);
      assertThat(syncs(trace)).isEqualTo(before);
    } finally {
      kill(witness);
    }
  }

  @Test
  void afterASyncThatFailsItAnswersNothingAndEnds() throws Exception {
    WitnessProcess witness =
        start(folder.resolve("trace"), "-e", "inject=fsync,fdatasync:error=EIO:when=12+");
    int answered = 0;
    try {
      while (true) {
        HttpResponse<byte[]> response = witness.post(log.request(answered, answered + 1));
        if (response.statusCode() != 200) {
          assertThat(response.statusCode()).isEqualTo(500);
          break;
        }
        answered++;
        assertThat(answered).as("the disk fails").isLessThan(100);
      }
    } catch (IOException e) {
      // It ended before it could say so: as good.
      assertThat(Files.readString(folder.resolve("stderr"))).contains("the witness stops");
    }
    assertThat(witness.process().waitFor()).isEqualTo(4);
    assertThat(answered).isPositive();
    WitnessProcess again = WitnessProcess.start(folder);
    try {
      assertThat(again.key()).isEqualTo(witness.key());
      assertThat(again.held(log, answered + 2)).isBetween(answered, answered + 1);
    } finally {
      kill(again);
    }
  }

  private static void kill(WitnessProcess witness) throws InterruptedException {
    witness.process().descendants().forEach(ProcessHandle::destroyForcibly);
    witness.process().destroyForcibly().waitFor();
  }
}
