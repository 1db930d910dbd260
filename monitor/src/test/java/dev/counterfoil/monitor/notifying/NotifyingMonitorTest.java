package dev.counterfoil.monitor.notifying;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.custodian.issuer.RecordedIssuer;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.monitor.MonitorAdmin;
import dev.counterfoil.monitor.MonitorMain;
import dev.counterfoil.monitor.RunningMonitor;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A monitor as a process of its own tells a listener what it finds. */
@Timeout(180)
final class NotifyingMonitorTest extends RunningMonitor {
  private final HttpClient client = HttpClient.newHttpClient();

  private Process launch(int port, WebhookReceiver receiver) throws Exception {
    Path secret = folder.resolve("hook.secret");
    Files.writeString(secret, WebhookReceiver.secret(WebhookReceiver.SECRET) + "\n");
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
    Path file = folder.resolve("own.yaml");
    Files.writeString(
        file,
        """
        listen: 127.0.0.1:%d
        data: own
        admin-socket: own.sock
        poll-interval: 20ms
        settle: 200ms
        notifications:
          - name: on-call
            severity: high
            webhook:
              url: %s
              secret: hook.secret
        domains:
          - name: acme
            policy: policy.txt
            client-key: client.jwk
        """
            .formatted(port, receiver.url()));
    ProcessBuilder java =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                MonitorMain.class.getName(),
                "--config",
                file.toString())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("own.log").toFile()));
    java.environment().put("COUNTERFOIL_LOG_FORMAT", "json");
    Process process = java.start();
    while (!isReady(port)) {
      assertThat(process.isAlive()).as(Files.readString(folder.resolve("own.log"))).isTrue();
      Thread.sleep(50);
    }
    return process;
  }

  private boolean isReady(int port) throws InterruptedException {
    try {
      return client
              .send(
                  HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/health/ready"))
                      .build(),
                  HttpResponse.BodyHandlers.discarding())
              .statusCode()
          == 200;
    } catch (IOException e) {
      return false;
    }
  }

  private void showForged(int port, long sequence, long position) throws Exception {
    String forged =
        issuer.forge(issuer.draft(issuer.key, RecordedIssuer.LOG, position).claim("sub", "victim"));
    HttpResponse<String> answer =
        client.send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/sightings"))
                .header("Authorization", "Bearer " + token("counterfoil:sightings"))
                .header("Content-Type", "application/json")
                .POST(
                    HttpRequest.BodyPublishers.ofString(
                        batch(sequence, issuer.refusedWithEvidence(forged, "beyond-tip"))))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  @Test
  void aForgedTokenRingsAndAKillLosesNothing() throws Exception {
    int port = freePort();
    try (WebhookReceiver receiver = new WebhookReceiver()) {
      Process process = launch(port, receiver);
      try {
        Instant shown = Instant.now();
        showForged(port, 1, 1000);
        WebhookReceiver.Received ring = receiver.await("forged-token");
        assertThat(Duration.between(shown, Instant.now())).isLessThan(Duration.ofSeconds(20));
        assertThat(ring.type()).isEqualTo("counterfoil.finding.raised");
        assertThat(ring.body().object("data").string("severity")).isEqualTo("critical");
        assertThat(ring.body().object("data").has("detail")).isFalse();

        // The receiver takes nothing, the finding is there, and then the process is gone.
        receiver.status = 503;
        showForged(port, 2, 2000);
        WebhookReceiver.Received lost = receiver.await("forged-token");
        process.destroyForcibly().waitFor();
        receiver.status = 204;
        process = launch(port, receiver);
        WebhookReceiver.Received again = receiver.await("forged-token");
        assertThat(again.id()).isEqualTo(lost.id()).isNotEqualTo(ring.id());
        assertThat(again.body()).isEqualTo(lost.body());

        MonitorAdmin admin = new MonitorAdmin(folder.resolve("own.sock"));
        List<JsonObject> tried = new ArrayList<>();
        admin.notifyTest(Optional.empty(), tried::add);
        assertThat(tried).singleElement().satisfies(one -> assertThat(one.truth("taken")).isTrue());
        assertThat(receiver.await(".test").body().object("data").string("summary"))
            .contains("on-call");
        // What was taken is not told again.
        assertThat(receiver.sofar()).isEmpty();
        // Each entry of its log is one line of JSON, those of libraries too.
        List<String> log = Files.readAllLines(folder.resolve("own.log"));
        for (String line : log) {
          JsonObject entry = StrictJson.object(line.getBytes(StandardCharsets.UTF_8), 1 << 20);
          assertThat(entry.string("process")).isEqualTo("monitor");
          assertThat(Instant.parse(entry.string("time"))).isAfter(shown.minusSeconds(600));
        }
        assertThat(log).hasSizeGreaterThan(5);
        assertThatThrownBy(() -> admin.notifyTest(Optional.of("pager"), line -> {}))
            .hasMessageContaining("The channels are on-call");
      } finally {
        process.destroyForcibly().waitFor();
      }
    }
  }
}
