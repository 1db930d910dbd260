package dev.counterfoil.witness;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.AddCheckpoint;
import dev.counterfoil.format.Cosignature;
import dev.counterfoil.format.CosignerKey;
import dev.counterfoil.format.SignedNote;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
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
  private final HttpClient http = HttpClient.newHttpClient();

  /** A running process: its port and its first key. */
  private record Running(Process process, int port, CosignerKey key) {}

  private Running start() throws Exception {
    Path config = folder.resolve("witness.yaml");
    Files.writeString(
        config, "name: witness.example/w1\nlisten: 127.0.0.1:0\ndata: data\nlogs: logs.txt\n");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                WitnessMain.class.getName(),
                "--config",
                config.toString())
            .redirectError(folder.resolve("stderr").toFile())
            .start();
    BufferedReader out = process.inputReader();
    String port = out.readLine();
    assertThat(port).as(Files.readString(folder.resolve("stderr"))).startsWith("port ");
    return new Running(
        process, Integer.parseInt(port.substring(5)), CosignerKey.parse(out.readLine()));
  }

  private HttpResponse<byte[]> post(Running running, AddCheckpoint request)
      throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + running.port() + "/add-checkpoint"))
            .POST(HttpRequest.BodyPublishers.ofByteArray(request.bytes()))
            .build(),
        HttpResponse.BodyHandlers.ofByteArray());
  }

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
      Running running = start();
      if (key != null) {
        assertThat(running.key()).isEqualTo(key);
      }
      key = running.key();
      HttpResponse<byte[]> conflict = post(running, log.request(held + 1, held + 2));
      assertThat(conflict.statusCode()).isEqualTo(409);
      int found = Integer.parseInt(new String(conflict.body(), StandardCharsets.UTF_8).strip());
      // One that was not answered may have been recorded; none that was answered is missing.
      assertThat(found).isBetween(held, held + 1);
      held = askUntilKilled(running, log, found, 20 + 7 * kill);
    }
  }

  private int askUntilKilled(Running running, TestLog log, int held, int answersBeforeKill)
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
        HttpResponse<byte[]> response = post(running, request);
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
