package dev.counterfoil.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.Cosignature;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.testing.Distribution.Result;
import dev.counterfoil.testing.Distribution.Running;
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
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An installation and two witnesses, each a {@code counterfoil witness} of its own. */
@Tag("turn-3")
@Timeout(600)
class WitnessedInstallationTest {
  private final HttpClient http = HttpClient.newHttpClient();
  private final List<Witness> witnesses = new ArrayList<>();
  private Path folder;
  private int port;
  private @Nullable Running running;

  /** A running witness. */
  private record Witness(String name, int port, Process process, CosignerKey key) {}

  @BeforeEach
  void start() throws Exception {
    folder = Files.createTempDirectory(Path.of("/tmp"), "cf");
    port = Distribution.freePort();
    StringBuilder cosigners = new StringBuilder();
    for (String name : List.of("w1", "w2")) {
      Files.createFile(folder.resolve(name + "-logs.txt"));
      Witness witness = startWitness(name, Distribution.freePort());
      witnesses.add(witness);
      cosigners.append(
          """
            - name: %s
              vkey: "%s"
              kind: witness
              url: "http://127.0.0.1:%d"
          """
              .formatted(name, witness.key(), witness.port()));
    }
    Path configuration = folder.resolve("counterfoil.yaml");
    Files.writeString(
        configuration,
        """
        monitor-listen: "127.0.0.1:%d"
        quorum: 2
        domains:
          - name: main
            issuer: "http://127.0.0.1:%2$d"
            listen: "127.0.0.1:%2$d"
            tenants: [acme]
            audiences: [demo-api]
            spare-signers: 0
        cosigners:
        %3$s
        """
            .formatted(Distribution.freePort(), port, cosigners));
    running = Running.start(folder, configuration);
  }

  private Witness startWitness(String name, int witnessPort) throws Exception {
    Path configuration = folder.resolve(name + ".yaml");
    Files.writeString(
        configuration,
        """
        name: witness.example/%1$s
        listen: 127.0.0.1:%2$d
        data: %1$s-data
        logs: %1$s-logs.txt
        cosign: ed25519
        """
            .formatted(name, witnessPort));
    Path err = folder.resolve(name + ".err");
    Process process =
        Distribution.start(folder, err, "witness", "--json", "--config", configuration.toString());
    BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
    String line = out.readLine();
    assertThat(line).as(Files.readString(err)).isNotNull();
    JsonObject ready = StrictJson.object(line.getBytes(StandardCharsets.UTF_8), 1 << 20);
    return new Witness(
        name, witnessPort, process, CosignerKey.parse(ready.strings("vkeys").get(0)));
  }

  @AfterEach
  void stop() throws Exception {
    if (running != null) {
      running.close();
    }
    for (Witness witness : witnesses) {
      witness.process().destroyForcibly().waitFor();
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }

  /** Issues a token and gives its position. */
  private long issue() throws Exception {
    Result token = Distribution.run(folder, "token");
    assertThat(token.exitCode()).as(token.err()).isZero();
    Result verified =
        Distribution.runWithInput(folder, token.out().strip(), "verify", "--json", "-");
    assertThat(verified.exitCode()).as(verified.err()).isZero();
    return verified.json().number("position");
  }

  /** Waits until both witnesses have cosigned a checkpoint that covers a position. */
  private SignedNote awaitCosigned(long position) throws Exception {
    while (true) {
      HttpResponse<byte[]> response =
          http.send(
              HttpRequest.newBuilder(
                      URI.create("http://127.0.0.1:" + port + "/logs/s1g1/checkpoint.cosigned"))
                  .build(),
              HttpResponse.BodyHandlers.ofByteArray());
      if (response.statusCode() == 200) {
        SignedNote note = SignedNote.parse(response.body());
        if (Checkpoint.parse(note.text()).size() > position) {
          return note;
        }
      }
      Thread.sleep(50);
    }
  }

  private void acceptLogs() throws IOException, InterruptedException {
    Result policy = Distribution.run(folder, "log", "policy");
    assertThat(policy.exitCode()).as(policy.err()).isZero();
    StringBuilder lines = new StringBuilder();
    policy
        .out()
        .lines()
        .filter(line -> line.startsWith("log "))
        .forEach(line -> lines.append(line).append('\n'));
    assertThat(lines.toString()).contains("/logs/s1g1+");
    for (Witness witness : witnesses) {
      Files.writeString(folder.resolve(witness.name() + "-logs.txt"), lines);
    }
  }

  @Test
  void theQuorumCosignsAndAKilledWitnessGoesOnWhereItWas() throws Exception {
    acceptLogs();
    SignedNote first = awaitCosigned(issue());
    assertThat(witnesses)
        .allSatisfy(witness -> assertThat(Cosignature.find(first, witness.key())).isPresent());

    Witness killed = witnesses.removeLast();
    killed.process().destroyForcibly().waitFor();
    long position = issue();
    Witness again = startWitness(killed.name(), killed.port());
    witnesses.add(again);
    assertThat(again.key()).isEqualTo(killed.key());
    SignedNote second = awaitCosigned(position);
    assertThat(witnesses)
        .allSatisfy(witness -> assertThat(Cosignature.find(second, witness.key())).isPresent());
  }
}
