package dev.counterfoil.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.testing.Distribution.Result;
import dev.counterfoil.testing.Distribution.Running;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The record door of the distribution: as its page says, and with its processes killed. */
@Tag("turn-2")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RecordDoorTest {
  private static final Pattern SHELL = Pattern.compile("```sh\n(.*?)```", Pattern.DOTALL);
  private static final Pattern NEW =
      Pattern.compile("counterfoil_authority_digests_total\\{kind=\"new\"\\} ([0-9.E]+)");
  private static final Path ROOT = Path.of(System.getProperty("counterfoil.root"));
  private static final int DIGESTS = 40_000;
  private static final int KILLS = 3;

  @SuppressWarnings("NullAway.Init") // made before the tests
  private Path folder;

  @SuppressWarnings("NullAway.Init") // made before the tests
  private Running running;

  @SuppressWarnings("NullAway.Init") // made before the tests
  private String issuer;

  private final HttpClient http = HttpClient.newHttpClient();
  private long lastCounted;

  @BeforeAll
  void start() throws Exception {
    folder = Files.createTempDirectory(Path.of("/tmp"), "cf");
    int port = Distribution.freePort();
    issuer = "http://127.0.0.1:" + port;
    Path configuration =
        Files.writeString(
            folder.resolve("counterfoil.yaml"),
            """
            monitor-listen: "127.0.0.1:%d"
            domains:
              - name: main
                issuer: "%s"
                listen: "127.0.0.1:%d"
                tenants: [acme]
                audiences: [demo-api]
                spare-signers: 0
            """
                .formatted(Distribution.freePort(), issuer, port));
    running = Running.start(folder, configuration);
  }

  @AfterAll
  void stop() throws Exception {
    http.close();
    running.close();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }

  /** Of a source, of any client, and of a legacy issuer. */
  @Test
  void keysUnderWhichOthersSignAreRefused() throws Exception {
    for (String weak : List.of("ed25519-identity", "ed25519-zeros", "rsa-roca", "rsa-factor-3")) {
      assertThat(registered(weak))
          .satisfies(no -> assertThat(no.exitCode()).isEqualTo(3))
          .satisfies(no -> assertThat(no.err()).contains("anybody can"));
      assertThat(adopted(weak))
          .satisfies(no -> assertThat(no.exitCode()).isEqualTo(3))
          .satisfies(no -> assertThat(no.err()).contains("anybody can"));
    }
    for (String good : List.of("ed25519-honest", "rsa-honest")) {
      assertThat(registered(good)).satisfies(yes -> assertThat(yes.exitCode()).isZero());
      // Without --yes it says what it would do.
      assertThat(adopted(good))
          .satisfies(asks -> assertThat(asks.exitCode()).isEqualTo(2))
          .satisfies(asks -> assertThat(asks.err()).contains("This would let key"));
    }
    Result shown = Distribution.run(folder, "client", "show", "rsa-honest");
    assertThat(shown.exitCode()).as(shown.err()).isZero();
    assertThat(shown.out()).contains("private_key_jwt", "rs256: may sign its assertions");
    assertThat(Distribution.run(folder, "client", "show", "nobody").exitCode()).isEqualTo(3);
    assertThat(Distribution.run(folder, "client", "remove", "rsa-honest").exitCode()).isZero();
    assertThat(Distribution.run(folder, "client", "remove", "ed25519-honest").exitCode()).isZero();
  }

  private static String vector(String name) throws IOException {
    Path file =
        Path.of(System.getProperty("counterfoil.root"), "vectors/public-keys", name + ".txt");
    String text = Files.readString(file);
    return text.substring(text.indexOf("jwk: ") + "jwk: ".length()).strip();
  }

  private Result registered(String name) throws Exception {
    Path jwks =
        Files.writeString(folder.resolve(name + ".jwks"), "{\"keys\":[" + vector(name) + "]}");
    return Distribution.run(
        folder,
        "client",
        "add",
        name,
        "--tenant",
        "acme",
        "--audience",
        "demo-api",
        "--concede",
        "rs256",
        "--jwks",
        jwks.toString());
  }

  private Result adopted(String name) throws Exception {
    Path jwk = Files.writeString(folder.resolve(name + ".jwk"), vector(name));
    return Distribution.run(
        folder,
        "keys",
        "adopt-legacy",
        "--jwk",
        jwk.toString(),
        "--until",
        "2999-01-01",
        "--tenant",
        "acme",
        "--audience",
        "demo-api",
        "--type",
        "JWT");
  }

  @Test
  void thePageIsASessionThatWorks() throws Exception {
    Matcher block = SHELL.matcher(Files.readString(ROOT.resolve("docs/integrate/record-door.md")));
    StringBuilder session = new StringBuilder("set -eu\n");
    while (block.find()) {
      session.append(block.group(1));
    }
    for (String language : List.of("python", "go")) {
      Matcher program =
          Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL)
              .matcher(Files.readString(ROOT.resolve("docs/integrate/record-door.md")));
      assertThat(program.find()).as(language).isTrue();
      Files.writeString(folder.resolve("example." + language), program.group(1));
    }
    session.append(
        """
        export ISSUER ACCESS="$access" GOTOOLCHAIN=local
        python3 example.python | sed 's/^/python /'
        go run example.go | sed 's/^/go /'
        """);
    String local = session.toString().replace("http://localhost:8480", issuer);
    assertThat(local).contains(issuer);
    ProcessBuilder shell =
        new ProcessBuilder(
                "bash", Files.writeString(folder.resolve("session.sh"), local).toString())
            .directory(folder.toFile())
            .redirectErrorStream(true);
    shell.environment().put("JAVA_HOME", System.getProperty("java.home"));
    shell
        .environment()
        .merge("PATH", ROOT.resolve("cli/target/counterfoil/bin") + ":", (path, bin) -> bin + path);
    Process process = shell.start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    assertThat(said)
        .contains("\"log\":\"d1g1\"")
        .contains("python {\"log\":\"d1g1\"", "go {\"log\":\"d1g1\"")
        .containsPattern("PROVED +position \\d+ of 127\\.0\\.0\\.1:\\d+/logs/d1g1")
        .containsPattern("[0-9a-f]{64} d1g1 \\d+");
  }

  @Test
  void noAnsweredDigestLosesItsPositionWhenAuthorityAndSignerAreKilled() throws Exception {
    assertThat(
            Distribution.run(
                    folder,
                    "client",
                    "add",
                    "bulk",
                    "--make-key",
                    "--tenant",
                    "acme",
                    "--audience",
                    issuer,
                    "--scope",
                    "counterfoil:record")
                .exitCode())
        .isZero();
    List<String> digests = new ArrayList<>();
    for (long i = 0; i < DIGESTS; i++) {
      digests.add(Hash.sha256(ByteBuffer.allocate(8).putLong(i).array()).hex());
    }
    Path file = Files.write(folder.resolve("digests"), digests);
    CompletableFuture<Result> first =
        CompletableFuture.supplyAsync(() -> recorded(file.toString()));
    int kills = 0;
    while (kills < KILLS && awaitMore(first)) {
      kill(kills++ % 2 == 0 ? "authority.yaml" : "signer.yaml");
    }
    assertThat(kills).isPositive();
    List<String> answered = first.join().out().lines().toList();
    assertThat(answered).hasSize(DIGESTS);
    List<String> again = recorded(file.toString()).out().lines().toList();
    assertThat(again).isEqualTo(answered);
    assertThat(new HashSet<>(answered)).hasSize(DIGESTS);
    Result check = Distribution.run(folder, "log", "check", "--json", issuer + "/logs/d1g1");
    assertThat(check.exitCode()).as(check.out() + check.err()).isZero();
    // Nothing was recorded twice but what one of the killed had not answered.
    assertThat(check.json().number("size")).isBetween((long) DIGESTS, DIGESTS + 100L);
  }

  /** Waits until some digests were recorded since the last call; false when all are. */
  private boolean awaitMore(CompletableFuture<Result> all) throws Exception {
    long before = Math.min(counted(), lastCounted);
    for (int i = 0; i < 6_000 && !all.isDone(); i++) {
      long now = counted();
      if (now >= before + 3_000) {
        lastCounted = now;
        return true;
      }
      before = Math.min(before, now);
      TimeUnit.MILLISECONDS.sleep(10);
    }
    return false;
  }

  /** New digests since the authority's start; 0 while there is none. */
  private long counted() throws InterruptedException {
    try {
      String metrics =
          http.send(
                  HttpRequest.newBuilder(URI.create(issuer + "/metrics")).build(),
                  HttpResponse.BodyHandlers.ofString())
              .body();
      Matcher count = NEW.matcher(metrics);
      return count.find() ? (long) Double.parseDouble(count.group(1)) : 0;
    } catch (IOException e) {
      return 0;
    }
  }

  private Result recorded(String file) {
    try {
      Result result = Distribution.run(folder, "record", "--client", "bulk", file);
      assertThat(result.exitCode()).as(result.err()).isZero();
      return result;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** Kills the process of this installation that was started with a configuration file. */
  private void kill(String configuration) {
    ProcessHandle.allProcesses()
        .filter(
            process ->
                process
                    .info()
                    .commandLine()
                    .filter(
                        line ->
                            line.contains(folder.toString() + "/") && line.endsWith(configuration))
                    .isPresent())
        .forEach(ProcessHandle::destroyForcibly);
  }
}
