package dev.counterfoil.witness;

import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.configuration.HostPort;
import dev.counterfoil.format.note.AddCheckpoint;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.policy.CosignedBy;
import dev.counterfoil.format.policy.LogPolicy;
import dev.counterfoil.witness.WitnessConfiguration.Cosigning;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A witness in this process, over real HTTP. */
final class TestWitness implements AutoCloseable {
  static final String NAME = "witness.example/w1";

  private final HttpClient http = HttpClient.newHttpClient();
  private final Witness witness;
  final AtomicReference<@Nullable Throwable> stopped = new AtomicReference<>();

  private TestWitness(WitnessConfiguration configuration, InstantSource clock)
      throws IOException, ConfigurationException {
    witness = Witness.start(configuration, clock, new SecureRandom(), stopped::set);
  }

  static TestWitness start(Path folder, InstantSource clock)
      throws IOException, ConfigurationException {
    return start(folder, clock, Cosigning.BOTH, Duration.ofSeconds(30));
  }

  static TestWitness start(Path folder, InstantSource clock, Cosigning cosign, Duration requestTime)
      throws IOException, ConfigurationException {
    return new TestWitness(
        new WitnessConfiguration(
            NAME,
            new HostPort("127.0.0.1", 0),
            folder.resolve("data"),
            Optional.of(folder.resolve("logs.txt")),
            List.of(),
            cosign,
            requestTime,
            List.of(),
            List.of()),
        clock);
  }

  /** Writes the list of logs. */
  static void accept(Path folder, TestLog... logs) throws IOException {
    Files.createDirectories(folder);
    Files.writeString(
        folder.resolve("logs.txt"),
        Stream.of(logs)
            .map(TestLog::key)
            .map(NoteKey::toString)
            .map(vkey -> "log " + vkey + "\n")
            .collect(Collectors.joining()));
  }

  Witness witness() {
    return witness;
  }

  HttpResponse<byte[]> post(AddCheckpoint request) throws IOException, InterruptedException {
    return post(request.bytes());
  }

  HttpResponse<byte[]> post(byte[] body) throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(uri("/add-checkpoint"))
            .POST(HttpRequest.BodyPublishers.ofByteArray(body))
            .build(),
        HttpResponse.BodyHandlers.ofByteArray());
  }

  HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(uri(path)).build(), HttpResponse.BodyHandlers.ofString());
  }

  HttpResponse<String> get(String path, String... headers)
      throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(uri(path)).headers(headers).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private URI uri(String path) {
    return URI.create("http://127.0.0.1:" + witness.port() + path);
  }

  static String text(HttpResponse<byte[]> response) {
    return new String(response.body(), StandardCharsets.UTF_8);
  }

  /** The policy that counts each of the witness's keys as a witness. */
  LogPolicy policy(TestLog... logs) {
    List<LogPolicy.Witness> witnesses = new ArrayList<>();
    witness
        .keys()
        .forEach(
            key ->
                witnesses.add(
                    new LogPolicy.Witness(key.algorithm().name(), key, Optional.empty())));
    List<String> names = witnesses.stream().map(LogPolicy.Witness::name).toList();
    return new LogPolicy(
        Stream.of(logs).map(log -> new LogPolicy.PinnedLog(log.key())).toList(),
        witnesses,
        List.of(new LogPolicy.Group("all", names.size(), names)),
        "all");
  }

  /** What an answer of 200 says of a checkpoint. */
  CosignedBy cosigned(AddCheckpoint request, HttpResponse<byte[]> response) throws Exception {
    return policy().cosigned(SignedNote.parse(request.note().text(), response.body()));
  }

  @Override
  public void close() throws IOException {
    http.close();
    witness.close();
  }
}
