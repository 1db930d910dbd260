package dev.counterfoil.cli.token;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.counterfoil.cli.CommandRun;
import dev.counterfoil.cli.command.DigestLines;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.PublicJwk;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code counterfoil record} against a door in this process. */
class RecordCommandTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  @SuppressWarnings("NullAway.Init") // made before each test
  private HttpServer server;

  private final Map<Hash, Integer> positions = new HashMap<>();
  private final List<Integer> batches = new ArrayList<>();

  /** Statuses that the door answers before it works. */
  private final Deque<Integer> refusals = new ArrayDeque<>();

  @BeforeEach
  void start() throws Exception {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/token", exchange -> answer(exchange, 200, "{\"access_token\":\"t\"}"));
    server.createContext("/record", this::record);
    server.start();
    writeKey();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private void writeKey() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    KeyPair pair = generator.generateKeyPair();
    PublicJwk.Es256 jwk = PublicJwk.es256((ECPublicKey) pair.getPublic());
    byte[] secret = PublicJwk.coordinateBytes(((ECPrivateKey) pair.getPrivate()).getS());
    Files.writeString(
        folder.resolve("key.jwk"),
        JsonObject.builder()
            .put("kty", "EC")
            .put("crv", "P-256")
            .put("x", jwk.x().base64Url())
            .put("y", jwk.y().base64Url())
            .put("d", Base64Url.encode(secret))
            .build()
            .toString());
  }

  private static void answer(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private synchronized void record(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    assertThat(exchange.getRequestHeaders().getFirst("Authorization")).isEqualTo("Bearer t");
    if (!refusals.isEmpty()) {
      answer(exchange, refusals.remove(), "{\"error\":\"e\",\"error_description\":\"because\"}");
      return;
    }
    batches.add(body.length / Hash.BYTES);
    List<Integer> given = new ArrayList<>();
    for (int at = 0; at < body.length; at += Hash.BYTES) {
      given.add(positions.computeIfAbsent(Hash.read(body, at), digest -> positions.size()));
    }
    answer(exchange, 200, "{\"log\":\"d1g1\",\"batch\":\"b\",\"positions\":" + given + "}");
  }

  private CommandRun run(String lines, String... more) throws IOException {
    List<Object> arguments = new ArrayList<>();
    arguments.addAll(
        List.of(
            "record",
            Files.writeString(folder.resolve("lines"), lines),
            "--client",
            "legacy",
            "--key-file",
            folder.resolve("key.jwk"),
            "--issuer",
            "http://127.0.0.1:" + server.getAddress().getPort()));
    arguments.addAll(List.of(more));
    return CommandRun.of(arguments.toArray());
  }

  private static String hex(int number) {
    return Hash.sha256(Integer.toString(number).getBytes(StandardCharsets.US_ASCII)).hex();
  }

  @Test
  void digestsAreRecordedAndPrintedInTheirOrder() throws Exception {
    CommandRun run = run(hex(1) + "  a.jwt\n\n" + hex(2) + "\r\n" + hex(1));
    assertThat(run.exitCode()).isZero();
    assertThat(run.out().lines())
        .containsExactly(hex(1) + " d1g1 0", hex(2) + " d1g1 1", hex(1) + " d1g1 0");
    CommandRun again = run(hex(2) + "\n", "--json");
    assertThat(again.json().string("digest")).isEqualTo(hex(2));
    assertThat(again.json().number("position")).isEqualTo(1);
  }

  @Test
  void tokensAreDigestedWithoutTheirSignature() throws Exception {
    CommandRun run = run("h.p.s1\nh.p.s2\n", "--tokens");
    String digest = Hash.sha256("h.p".getBytes(StandardCharsets.US_ASCII)).hex();
    assertThat(run.out().lines()).containsExactly(digest + " d1g1 0", digest + " d1g1 0");
  }

  @Test
  void manyDigestsGoInBatches() throws Exception {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 2_001; i++) {
      lines.append(hex(i)).append('\n');
    }
    CommandRun run = run(lines.toString());
    assertThat(run.out().lines()).hasSize(2_001).last().isEqualTo(hex(2_000) + " d1g1 2000");
    assertThat(batches).containsExactly(1_000, 1_000, 1);
  }

  @Test
  void aDoorThatIsAwayIsAskedAgain() throws Exception {
    refusals.addAll(List.of(503, 401, 429));
    CommandRun run = run(hex(1));
    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).isEqualTo(hex(1) + " d1g1 0" + System.lineSeparator());
  }

  @Test
  void aSidecarAnswersEachLineAsItComesAndGoesOnAfterABadOne() throws Exception {
    InputStream before = System.in;
    CompletableFuture<CommandRun> sidecar;
    try (PipedOutputStream issuer = new PipedOutputStream()) {
      System.setIn(new PipedInputStream(issuer));
      sidecar =
          CompletableFuture.supplyAsync(
              () ->
                  CommandRun.of(
                      "record",
                      "-",
                      "--follow",
                      "--client",
                      "legacy",
                      "--key-file",
                      folder.resolve("key.jwk"),
                      "--issuer",
                      "http://127.0.0.1:" + server.getAddress().getPort()));
      refusals.add(503);
      for (int line = 1; line <= 2; line++) {
        issuer.write((hex(line) + "\n").getBytes(StandardCharsets.US_ASCII));
        issuer.flush();
        // A batch of one: nothing else is on its way.
        while (batchCount() < line) {
          Thread.onSpinWait();
          assertThat(sidecar.isDone()).isFalse();
        }
      }
      issuer.write(("no digest\n" + hex(1) + "\n").getBytes(StandardCharsets.US_ASCII));
      // What ends a line that is too long is not recorded as a line of its own.
      issuer.write("x".repeat(64 * 1024).getBytes(StandardCharsets.US_ASCII));
      issuer.write((hex(3) + "\n").getBytes(StandardCharsets.US_ASCII));
    } finally {
      System.setIn(before);
    }
    List<String> answers = sidecar.join().out().lines().toList();
    assertThat(answers).hasSize(5).startsWith(hex(1) + " d1g1 0", hex(2) + " d1g1 1");
    assertThat(answers.get(2)).startsWith("refused: line 3");
    // A refusal is not held up by a batch that waits for the door.
    assertThat(answers.subList(3, 5))
        .contains(hex(1) + " d1g1 0")
        .anyMatch(answer -> answer.startsWith("refused: line 5") && answer.contains("longer than"));
  }

  /** Its own memory is a file that opens, and whose first byte cannot be read. */
  @Test
  void aSidecarThatCannotReadEnds() {
    CommandRun run =
        CommandRun.of(
            "record",
            "/proc/self/mem",
            "--follow",
            "--client",
            "legacy",
            "--key-file",
            folder.resolve("key.jwk"),
            "--issuer",
            "http://127.0.0.1:" + server.getAddress().getPort());
    assertThat(run.exitCode()).isEqualTo(ExitCode.ENVIRONMENT);
    assertThat(run.err()).contains("reading /proc/self/mem failed");
    assertThat(run.out()).isEmpty();
  }

  @Test
  void aFileThatGrowsIsFollowed() throws Exception {
    Path file = Files.writeString(folder.resolve("growing"), hex(1) + "\n");
    try (DigestLines lines = new DigestLines(file.toString(), false, true)) {
      assertThat(lines.next()).map(Hash::hex).contains(hex(1));
      assertThat(lines.isReady()).isFalse();
      CompletableFuture<Optional<Hash>> next = CompletableFuture.supplyAsync(lines::next);
      Files.writeString(file, hex(2) + "\n", StandardOpenOption.APPEND);
      assertThat(next.join()).map(Hash::hex).contains(hex(2));
    }
  }

  private synchronized int batchCount() {
    return batches.size();
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 403, 500})
  void aRefusalThatStaysEndsTheCommand(int status) throws Exception {
    refusals.add(status);
    assertThat(run(hex(1)).exitCode()).isEqualTo(ExitCode.UNAVAILABLE);
    assertThat(run(hex(1)).exitCode()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"abc", "zz", "h.p.s", " . "})
  void aLineThatIsNoDigestIsRefused(String line) throws Exception {
    assertThat(run(line).exitCode()).isEqualTo(ExitCode.ENVIRONMENT);
    assertThat(run(hex(1).toUpperCase(Locale.ROOT)).exitCode()).isEqualTo(ExitCode.ENVIRONMENT);
    assertThat(run(hex(1)).exitCode()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"h.p", "h.p.s.t", ".p.s", "h..s"})
  void aLineThatIsNoTokenIsRefused(String line) throws Exception {
    assertThat(run(line, "--tokens").exitCode()).isEqualTo(ExitCode.ENVIRONMENT);
    assertThat(run("h.p.s", "--tokens").exitCode()).isZero();
  }

  @Test
  void aMissingKeyOrFileIsSaid() throws Exception {
    assertThat(
            CommandRun.of("record", "-", "--client", "x", "--issuer", "http://127.0.0.1:1")
                .exitCode())
        .isEqualTo(ExitCode.ENVIRONMENT);
    Files.delete(folder.resolve("key.jwk"));
    assertThat(run(hex(1)).exitCode()).isEqualTo(ExitCode.ENVIRONMENT);
  }
}
