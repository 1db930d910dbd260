package dev.counterfoil.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.Cosignature;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.policy.LogPolicy;
import dev.counterfoil.format.policy.TlogProof;
import dev.counterfoil.format.tree.Leaf;
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
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/**
 * An installation and a {@code counterfoil custodian} in a folder of its own, as on another host.
 */
@Tag("turn-1")
@Timeout(600)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class CustodianInstallationTest {
  private static final String HOST = "custodian-host";

  private final HttpClient http = HttpClient.newHttpClient();

  @SuppressWarnings("NullAway.Init") // made before the tests
  private Path folder;

  @SuppressWarnings("NullAway.Init") // made before the tests
  private Path configuration;

  private @Nullable Running running;
  private @Nullable Process custodian;
  private URI url = URI.create("http://127.0.0.1");

  @SuppressWarnings("NullAway.Init") // made before the tests
  private DemoClient demo;

  @BeforeAll
  void start() throws Exception {
    folder = Files.createTempDirectory(Path.of("/tmp"), "cf");
    int port = Distribution.freePort();
    Path installation = folder.resolve("counterfoil.yaml");
    Files.writeString(
        installation,
        """
        monitor-listen: "127.0.0.1:%d"
        domains:
          - name: main
            issuer: "http://127.0.0.1:%2$d"
            listen: "127.0.0.1:%2$d"
            tenants: [acme]
            audiences: [demo-api]
            spare-signers: 0
        """
            .formatted(Distribution.freePort(), port));
    running = Running.start(folder, installation);
    Path domain = folder.resolve("counterfoil-data/domains/main");
    demo = new DemoClient("http://127.0.0.1:" + port, domain);
    Result added =
        Distribution.run(
            folder,
            "client",
            "add",
            "counterfoil-custodian",
            "--tenant",
            "counterfoil",
            "--audience",
            "http://127.0.0.1:" + port,
            "--scope",
            "counterfoil:custody",
            "--make-key");
    assertThat(added.exitCode()).as(added.err()).isZero();

    // What is carried over to the other host: the policy and the client's key.
    Path host = Files.createDirectory(folder.resolve(HOST));
    Files.copy(domain.resolve("policy.txt"), host.resolve("policy.txt"));
    Files.move(domain.resolve("clients/counterfoil-custodian.jwk"), host.resolve("client.jwk"));
    configuration = host.resolve("custodian.yaml");
    Files.writeString(
        configuration,
        """
        listen: "127.0.0.1:0"
        data: data
        cosigner: custodian.example/c1
        poll-interval: 20ms
        domains:
          - name: main
            policy: policy.txt
            client-key: client.jwk
        """);
  }

  @AfterAll
  void stop() throws Exception {
    if (running != null) {
      running.close();
    }
    demo.close();
    delete(folder);
    http.close();
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }

  /** Starts it, and gives the key with which it cosigns. */
  private CosignerKey startCustodian() throws Exception {
    Path err = folder.resolve("custodian.err");
    Process process =
        Distribution.start(
            folder, err, "custodian", "--json", "--config", configuration.toString());
    custodian = process;
    BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
    String line = out.readLine();
    assertThat(line).as(Files.readString(err)).isNotNull();
    JsonObject ready = StrictJson.object(line.getBytes(StandardCharsets.UTF_8), 1 << 20);
    url = URI.create(ready.string("url"));
    return CosignerKey.parse(ready.string("vkey"));
  }

  @AfterEach
  void killCustodian() throws Exception {
    if (custodian != null) {
      custodian.destroyForcibly().waitFor();
      custodian = null;
    }
  }

  private List<String> issue(int count) throws Exception {
    List<String> tokens = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      tokens.add(demo.token());
    }
    return tokens;
  }

  private HttpResponse<byte[]> get(NoteKey log, String what) throws Exception {
    String name = Hash.sha256(log.name().getBytes(StandardCharsets.UTF_8)).hex();
    return http.send(
        HttpRequest.newBuilder(URI.create(url + "/logs/" + name + "/" + what)).build(),
        HttpResponse.BodyHandlers.ofByteArray());
  }

  /** Waits until the custodian holds what stands at the token's position. */
  private void awaitHeld(NoteKey log, String token) throws Exception {
    while (get(log, "proof/" + position(token)).statusCode() != 200) {
      Thread.sleep(20);
    }
  }

  private void assertProves(NoteKey log, CosignerKey key, String token) throws Exception {
    HttpResponse<byte[]> answer = get(log, "proof/" + position(token));
    assertThat(answer.statusCode()).isEqualTo(200);
    TlogProof proof = TlogProof.parse(answer.body());
    Checkpoint covering = proof.verify(leaf(token), log);
    assertThat(covering.size()).isGreaterThan(proof.index());
    assertThat(Cosignature.find(proof.checkpoint(), key)).isPresent();
  }

  private static Leaf leaf(String token) {
    return Leaf.of(token.substring(0, token.lastIndexOf('.')).getBytes(StandardCharsets.US_ASCII));
  }

  @Test
  @Order(2) // after it there is no installation any more
  void killedAndAloneItStillProvesEveryToken() throws Exception {
    Files.writeString(
        folder.resolve("log-policy.txt"), Distribution.run(folder, "log", "policy").out());
    NoteKey log =
        LogPolicy.parse(Files.readAllBytes(folder.resolve("log-policy.txt"))).logs().stream()
            .map(LogPolicy.PinnedLog::key)
            .filter(of -> of.name().endsWith("/logs/s1g1"))
            .findFirst()
            .orElseThrow();
    CosignerKey key = startCustodian();
    List<String> tokens = issue(2);
    awaitHeld(log, tokens.getLast());
    killCustodian();
    tokens.addAll(issue(2));
    assertThat(startCustodian()).isEqualTo(key);
    tokens.addAll(issue(1));
    awaitHeld(log, tokens.getLast());
    killCustodian();

    // The issuer's host is gone, with its keys, its journal and the log's public folder.
    if (running != null) {
      running.close();
      running = null;
    }
    delete(folder.resolve("counterfoil-data"));
    assertThat(startCustodian()).isEqualTo(key);
    for (String token : tokens) {
      assertProves(log, key, token);
    }
    String forged = edited(tokens.getFirst());
    TlogProof ofAnother = TlogProof.parse(get(log, "proof/" + position(forged)).body());
    assertThatThrownBy(() -> ofAnother.verify(leaf(forged), log))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("does not lead from the leaf");

    // As an auditor does it, with the policy that he has.
    Files.writeString(folder.resolve("token.txt"), tokens.get(3));
    Files.write(
        folder.resolve("token.tlog-proof"), get(log, "proof/" + position(tokens.get(3))).body());
    assertThat(verifyProof("token.txt").exitCode()).isZero();
    Files.writeString(folder.resolve("forged.txt"), edited(tokens.get(3)));
    assertThat(verifyProof("forged.txt").exitCode()).isEqualTo(1);
  }

  private Result verifyProof(String token) throws Exception {
    return Distribution.run(
        folder, "log", "verify-proof", "--policy", "log-policy.txt", token, "token.tlog-proof");
  }

  private static JsonObject claims(String token) throws FormatException {
    return StrictJson.object(Base64Url.decode(token.split("\\.", -1)[1]), 1 << 14);
  }

  private static long position(String token) throws FormatException {
    return TokenId.parse(claims(token).string("jti")).position();
  }

  /** The same identifier on somebody else's name. */
  private static String edited(String token) throws FormatException {
    String[] parts = token.split("\\.", -1);
    String payload = claims(token).toString().replace("\"sub\":\"", "\"sub\":\"x");
    assertThat(payload).isNotEqualTo(claims(token).toString());
    return parts[0]
        + "."
        + Base64Url.encode(payload.getBytes(StandardCharsets.UTF_8))
        + "."
        + parts[2];
  }

  @Test
  @Order(1)
  void whatItCannotStartWithIsNamed() throws Exception {
    String good = Files.readString(configuration);
    refuses(good.replace("poll-interval", "poll-intervall"), "poll-intervall");
    refuses(good.replace("policy.txt", "other.txt"), "there is no policy", "other.txt");
    refuses(good.replace("name: main", "name: other"), "is the policy of domain main");
    refuses(good.replace("client.jwk", "none.jwk"), "none.jwk is missing");
    Path clientKey = configuration.resolveSibling("client.jwk");
    Files.setPosixFilePermissions(clientKey, PosixFilePermissions.fromString("rw-r--r--"));
    refuses(good, "client.jwk is open to others", "chmod 600");
    Files.setPosixFilePermissions(clientKey, PosixFilePermissions.fromString("rw-------"));
    Files.writeString(configuration, good);
    startCustodian();
    // A second one on its folder.
    refuses(good, "another process writes to");
  }

  private void refuses(String yaml, String... what) throws Exception {
    Files.writeString(configuration, yaml);
    Result refused = Distribution.run(folder, "custodian", "--config", configuration.toString());
    assertThat(refused.exitCode()).isNotZero();
    assertThat(refused.err()).contains(what).doesNotContain("\tat ");
  }
}
