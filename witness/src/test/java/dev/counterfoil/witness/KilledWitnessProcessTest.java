package dev.counterfoil.witness;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.note.AddCheckpoint;
import dev.counterfoil.format.note.Cosignature;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.SignedNote;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The witness's process killed with SIGKILL while it is asked: nothing that it answered is lost.
 */
class KilledWitnessProcessTest {
  @TempDir Path folder;

  @Test
  void nothingAnsweredIsForgotten() throws Exception {
    killWhileAsked(2);
  }

  @Test
  @Tag("full")
  void nothingAnsweredIsForgottenManyTimes() throws Exception {
    killWhileAsked(40);
  }

  private void killWhileAsked(int kills) throws Exception {
    TestLog log = TestLog.of("log.example", 10_000);
    TestWitness.accept(folder, log);
    int held = 0;
    @Nullable CosignerKey key = null;
    for (int kill = 0; kill < kills; kill++) {
      WitnessProcess running = WitnessProcess.start(folder);
      if (key != null) {
        assertThat(running.key()).isEqualTo(key);
      }
      key = running.key();
      int found = running.held(log, held + 2);
      // One that was not answered may have been recorded; none that was answered is missing.
      assertThat(found).isBetween(held, held + 1);
      held = askUntilKilled(running, log, found, 20 + 7 * kill);
    }
  }

  private int askUntilKilled(WitnessProcess running, TestLog log, int held, int answersBeforeKill)
      throws Exception {
    Semaphore answers = new Semaphore(0);
    Thread killer =
        Thread.ofPlatform()
            .start(
                () -> {
                  // Strikes while the next request is on its way.
                  answers.acquireUninterruptibly(answersBeforeKill);
                  running.process().destroyForcibly();
                });
    int answered = held;
    try {
      while (true) {
        AddCheckpoint request = log.request(answered, answered + 1);
        HttpResponse<byte[]> response = running.post(request);
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(
                Cosignature.find(
                    SignedNote.parse(request.note().text(), response.body()), running.key()))
            .isPresent();
        answered++;
        answers.release();
      }
    } catch (IOException e) {
      // It was killed: that is what this test is about.
      killer.join();
      running.process().waitFor();
      return answered;
    }
  }
}
