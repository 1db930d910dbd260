package dev.counterfoil.witness;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.note.AddCheckpoint;
import dev.counterfoil.format.note.CosignerKey;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A witness in a process of its own. */
record WitnessProcess(Process process, int port, CosignerKey key) {
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  /**
   * Starts one on a folder.
   *
   * @param prefix what stands before the command
   */
  static WitnessProcess start(Path folder, String... prefix) throws IOException {
    Path config = folder.resolve("witness.yaml");
    Files.writeString(
        config,
        "name: %s\nlisten: 127.0.0.1:0\ndata: data\nlogs: logs.txt\n".formatted(TestWitness.NAME));
    List<String> command = new ArrayList<>(List.of(prefix));
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            WitnessMain.class.getName(),
            "--config",
            config.toString()));
    Process process =
        new ProcessBuilder(command).redirectError(folder.resolve("stderr").toFile()).start();
    BufferedReader out = process.inputReader();
    String port = out.readLine();
    assertThat(port).as(Files.readString(folder.resolve("stderr"))).startsWith("port ");
    try {
      return new WitnessProcess(
          process, Integer.parseInt(port.substring(5)), CosignerKey.parse(out.readLine()));
    } catch (FormatException e) {
      throw new IOException(e);
    }
  }

  HttpResponse<byte[]> post(AddCheckpoint request) throws IOException, InterruptedException {
    return HTTP.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/add-checkpoint"))
            .POST(HttpRequest.BodyPublishers.ofByteArray(request.bytes()))
            .build(),
        HttpResponse.BodyHandlers.ofByteArray());
  }

  /** The size that it holds, asked with one that it does not. */
  int held(TestLog log, int notHeld) throws Exception {
    HttpResponse<byte[]> conflict = post(log.request(notHeld, notHeld + 1));
    assertThat(conflict.statusCode()).isEqualTo(409);
    return Integer.parseInt(new String(conflict.body(), StandardCharsets.UTF_8).strip());
  }
}
