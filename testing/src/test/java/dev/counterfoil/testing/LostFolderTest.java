package dev.counterfoil.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.testing.Distribution.Running;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A signer whose folder becomes read-only, whose journal is damaged, and whose folder then is
 * deleted, under traffic: the spare issues.
 */
@Tag("turn-2")
@Timeout(600)
class LostFolderTest {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final HttpClient http = HttpClient.newHttpClient();

  private static void command(String... words) throws Exception {
    Process process = new ProcessBuilder(words).inheritIO().start();
    assertThat(process.waitFor()).as(String.join(" ", words)).isZero();
  }

  private static String logOf(String token) throws FormatException {
    byte[] claims = Base64.getUrlDecoder().decode(token.split("\\.", -1)[1]);
    return StrictJson.object(claims, 1 << 16).string("jti");
  }

  private static void await(String what, Callable<Boolean> condition) throws Exception {
    Instant end = Instant.now().plus(PATIENCE);
    while (!condition.call()) {
      assertThat(Instant.now()).as(what).isBefore(end);
      Thread.sleep(20);
    }
  }

  private boolean issues(String issuer, int signer) throws IOException, InterruptedException {
    HttpResponse<byte[]> answer =
        http.send(
            HttpRequest.newBuilder(URI.create(issuer + "/health/ready")).build(),
            HttpResponse.BodyHandlers.ofByteArray());
    try {
      JsonObject one = StrictJson.object(answer.body(), 1 << 20).objects("signers").get(signer);
      return one.truth("connected") && one.get("log") != null && one.get("reason") == null;
    } catch (FormatException e) {
      throw new AssertionError(new String(answer.body(), StandardCharsets.UTF_8), e);
    }
  }

  private String reason(String issuer) throws IOException, InterruptedException {
    HttpResponse<String> answer =
        http.send(
            HttpRequest.newBuilder(URI.create(issuer + "/health/ready")).build(),
            HttpResponse.BodyHandlers.ofString());
    return answer.body();
  }

  private static void flipBitOfHeader(Path journal) throws IOException {
    try (Stream<Path> files = Files.list(journal)) {
      Path newest =
          files
              .filter(file -> file.toString().endsWith(".segment"))
              .max(Path::compareTo)
              .orElseThrow();
      try (RandomAccessFile file = new RandomAccessFile(newest.toFile(), "rw")) {
        file.seek(20);
        int before = file.read();
        file.seek(20);
        file.write(before ^ 1);
      }
    }
  }

  /** Asks for tokens all the time; the last one of the first signer comes within a second. */
  private static void spareTakesOver(DemoClient demo) throws Exception {
    Instant lost = Instant.now();
    Instant last = lost;
    int ofSpare = 0;
    while (ofSpare < 20) {
      assertThat(Instant.now()).isBefore(lost.plus(PATIENCE));
      if (logOf(demo.token()).startsWith("s1g")) {
        last = Instant.now();
      } else {
        ofSpare++;
      }
    }
    assertThat(Duration.between(lost, last)).isLessThan(Duration.ofSeconds(1));
  }

  @Test
  void theSpareIssuesWithinASecond() throws Exception {
    assumeTrue(System.getProperty("user.name").equals("root"), "only root makes mount namespaces");
    Path folder = Files.createTempDirectory(Path.of("/tmp"), "cfl");
    int port = Distribution.freePort();
    String issuer = "http://127.0.0.1:" + port;
    Path configuration =
        Files.writeString(
            folder.resolve("counterfoil.yaml"),
            """
            monitor-listen: "127.0.0.1:%d"
            domains:
              - name: main
                issuer: "http://127.0.0.1:%2$d"
                listen: "127.0.0.1:%2$d"
                tenants: [acme]
                audiences: [demo-api]
                propagation-window: 1s
                accept-good-tokens-refused: true
            """
                .formatted(Distribution.freePort(), port));
    Path domain = folder.resolve("counterfoil-data/domains/main");
    String signer = domain.resolve("signer").toString();
    try (Running running =
            Running.startBehind(
                List.of("unshare", "--mount", "--propagation", "private"), folder, configuration);
        DemoClient demo = new DemoClient(issuer, domain)) {
      await("the spare", () -> issues(issuer, 1));
      await("the first signer", () -> issues(issuer, 0));
      assertThat(logOf(demo.token())).startsWith("s1g");

      String there = "--mount=/proc/" + running.pid() + "/ns/mnt";
      command("nsenter", there, "--", "mount", "--bind", signer, signer);
      assertThat(logOf(demo.token())).as("a mount of the same disk").startsWith("s1g");
      command("nsenter", there, "--", "mount", "-o", "remount,bind,ro", signer);
      spareTakesOver(demo);
      Path said = folder.resolve("counterfoil-data/logs/signer-main.log");
      assertThat(Files.readString(said)).contains("storage is lost", "read-only");
      command("nsenter", there, "--", "umount", "--lazy", signer);
      await("the first signer again", () -> logOf(demo.token()).startsWith("s1g"));

      flipBitOfHeader(domain.resolve("signer/g1/journal"));
      spareTakesOver(demo);
      assertThat(Files.readString(said)).contains("cannot be read back", "not a segment's header");
      await("what is wrong", () -> reason(issuer).contains("cannot be read back"));
      Distribution.Result contained = Distribution.run(folder, "compromise", "s1", "--yes");
      // 1 where a token was recorded in the last moment, which no custodian could read any more.
      assertThat(contained.exitCode()).as(contained.toString()).isIn(0, 1);
      assertThat(contained.out()).contains("log s1g1 is sealed at size", "revoked from there on");
      await("the first signer, replaced", () -> logOf(demo.token()).startsWith("s1g2"));

      command("rm", "-rf", signer);
      spareTakesOver(demo);
      assertThat(Files.readString(said)).contains("is gone");
      await(
          "what up says", () -> Files.readString(folder.resolve("up.err")).contains("is missing"));
      assertThat(issues(issuer, 0)).isFalse();
      assertThat(issues(issuer, 1)).isTrue();
    } finally {
      PutBackKeyLog.delete(folder);
    }
  }
}
