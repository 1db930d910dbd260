package dev.counterfoil.testing;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.counterfoil.configuration.Configuration;
import dev.counterfoil.disclosure.promises.PublicHistory;
import dev.counterfoil.disclosure.promises.PublicHistory.Answered;
import dev.counterfoil.drills.run.Await;
import dev.counterfoil.drills.run.DrillFolder;
import dev.counterfoil.drills.run.FreePorts;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.installation.Installation;
import dev.counterfoil.installation.Programs;
import dev.counterfoil.installation.layout.DataFolder;
import dev.counterfoil.installation.layout.InstallationConfiguration;
import dev.counterfoil.testing.Distribution.Result;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A monitor that stands still is paged by another process. While it runs, each probe comes out at a
 * channel of the monitor's own.
 */
@Tag("turn-3")
@Timeout(180)
class WatchedMonitorTest {
  private static final Duration WITHIN = Duration.ofSeconds(5);

  private final List<JsonObject> told = new CopyOnWriteArrayList<>();
  private DrillFolder drill;
  private HttpServer receiver;
  private Installation installation;
  private URI authority;
  private URI monitor;

  @BeforeEach
  void start() throws Exception {
    drill = DrillFolder.make(Path.of("/tmp"), new SecureRandom());
    receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    receiver.createContext(
        "/",
        exchange -> {
          try {
            told.add(StrictJson.object(exchange.getRequestBody().readAllBytes(), 1 << 20));
            exchange.sendResponseHeaders(204, -1);
          } catch (FormatException e) {
            exchange.sendResponseHeaders(400, -1);
          }
          exchange.close();
        });
    receiver.start();
    Files.writeString(
        Files.createFile(
            drill.path().resolve("hook.secret"),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))),
        "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\n");
    List<Integer> ports = FreePorts.find(2);
    String yaml =
        """
        monitor-listen: "127.0.0.1:%d"
        monitor-watch: {every: 1s, within: %4$ds}
        notifications:
          - name: watch
            kinds: [watch-probe, database-lost]
            webhook: {url: "http://127.0.0.1:%3$d/", secret: hook.secret}
        domains:
          - name: main
            issuer: "http://127.0.0.1:%2$d"
            listen: "127.0.0.1:%2$d"
            tenants: [acme]
            audiences: [mail]
            spare-signers: 0
        """
            .formatted(
                ports.getFirst(),
                ports.getLast(),
                receiver.getAddress().getPort(),
                WITHIN.toSeconds());
    monitor = URI.create("http://127.0.0.1:" + ports.getFirst());
    authority = URI.create("http://127.0.0.1:" + ports.getLast());
    installation =
        Installation.start(
            new DataFolder(drill.path().resolve("data")),
            Configuration.parse(
                drill.path().resolve("counterfoil.yaml"), yaml, InstallationConfiguration.class),
            Programs.ofThisProcess(),
            InstantSource.system(),
            text -> {});
  }

  @AfterEach
  void stop() throws Exception {
    signal("CONT");
    installation.close();
    receiver.stop(0);
    drill.close();
  }

  private void signal(String name) throws Exception {
    Process monitor =
        installation.processes().stream()
            .filter(one -> one.name().equals("monitor"))
            .findFirst()
            .map(one -> Objects.requireNonNull(one.process()))
            .orElseThrow();
    command("kill", "-" + name, Long.toString(monitor.pid()));
  }

  private static void command(String... words) throws Exception {
    assertThat(new ProcessBuilder(words).inheritIO().start().waitFor()).isZero();
  }

  private JsonObject await(String what, Predicate<JsonObject> wanted) throws Exception {
    Instant end = Instant.now().plus(Await.PATIENCE);
    while (true) {
      for (JsonObject one : told) {
        if (wanted.test(one)) {
          return one;
        }
      }
      assertThat(Instant.now()).as("%s among %s", what, told).isBefore(end);
      Thread.sleep(20);
    }
  }

  private void awaitHeard() throws Exception {
    Await.require(
        "the authority hears the monitor",
        () -> {
          JsonObject health =
              StrictJson.object(
                  HttpClient.newHttpClient()
                      .send(
                          HttpRequest.newBuilder(authority.resolve("/health/ready")).build(),
                          HttpResponse.BodyHandlers.ofByteArray())
                      .body(),
                  1 << 20);
          return !health.object("monitor_watch").truth("silent");
        });
  }

  private static boolean isOf(JsonObject message, String type) {
    return type.equals(message.get("type"));
  }

  private static boolean isProbe(JsonObject message) {
    return isFinding(message, "watch-probe");
  }

  private static boolean isFinding(JsonObject message, String kind) {
    return message.get("data") instanceof JsonObject data && kind.equals(data.get("kind"));
  }

  /** What the authority knows to be delivered, of all its streams. */
  private String delivered() throws IOException {
    StringBuilder all = new StringBuilder();
    try (Stream<Path> files = Files.walk(data().resolve("domains"))) {
      for (Path file : files.filter(one -> one.endsWith("acknowledged")).sorted().toList()) {
        all.append(file).append(' ').append(Files.readString(file).strip()).append('\n');
      }
    }
    return all.toString();
  }

  private Path data() {
    return drill.path().resolve("data");
  }

  @Test
  void aMonitorThatStandsStillIsPagedByTheAuthority() throws Exception {
    await("a probe at the monitor's own channel", WatchedMonitorTest::isProbe);
    // A slow start may be a silence of its own.
    awaitHeard();
    told.clear();
    long stoppedAt = Instant.now().toEpochMilli();
    signal("STOP");
    JsonObject page = await("a page", one -> isOf(one, "counterfoil.monitor.silent"));
    assertThat(page.object("data").string("domain")).isEqualTo("main");
    assertThat(page.object("data").number("last_probe_at_ms"))
        .as("the page is of this silence")
        .isGreaterThan(stoppedAt - WITHIN.toMillis());
    told.clear();
    signal("CONT");
    await("the end of it", one -> isOf(one, "counterfoil.monitor.heard"));
    await("probes again", WatchedMonitorTest::isProbe);
  }

  private PublicHistory observes(URI at, int exitCode) throws Exception {
    Path observed = drill.path().resolve("observed.json");
    Result result =
        Distribution.run(
            drill.path(),
            "promises",
            "observe",
            "--data",
            data().toString(),
            "--client",
            "observer",
            "--key",
            data().resolve("domains/main/clients/observer.jwk").toString(),
            "--monitor",
            at.toString(),
            "--within",
            at.equals(monitor) ? "60s" : "2s",
            "--observed",
            observed.toString());
    assertThat(result.exitCode()).as(result.err()).isEqualTo(exitCode);
    return PublicHistory.parse(Files.readAllBytes(observed));
  }

  @Test
  void anOutsiderSeesHowSoonARevocationCountsAndAForgeryIsFound() throws Exception {
    awaitHeard();
    assertThat(
            Distribution.run(
                    drill.path(),
                    "client",
                    "add",
                    "observer",
                    "--data",
                    data().toString(),
                    "--tenant",
                    "counterfoil",
                    "--audience",
                    "counterfoil-monitor",
                    "--scope",
                    "counterfoil:sightings",
                    "--scope",
                    "counterfoil:findings",
                    "--make-key")
                .exitCode())
        .isZero();
    PublicHistory seen = observes(monitor, 0);
    assertThat(seen.revocations()).singleElement().matches(one -> one.answered() > 0);
    assertThat(seen.forgeries()).singleElement().matches(one -> one.answered() > 0);
    PublicHistory again = observes(URI.create("http://127.0.0.1:1"), 0);
    assertThat(again.revocations()).as("what was seen before stays").hasSize(2);
    assertThat(again.forgeries())
        .extracting(one -> one.answered() > 0)
        .as("a monitor that is away finds nothing")
        .containsExactly(true, false);
    for (Answered one : again.revocations()) {
      assertThat(one.answered()).isBetween(one.at(), one.at() + 60);
    }
  }

  @Test
  void aMonitorWhoseWholeFolderWasPutBackSaysSo() throws Exception {
    awaitHeard();
    Path folder = data().resolve("monitor");
    Path before = data().resolve("monitor-before");
    signal("STOP");
    command("cp", "-a", folder.toString(), before.toString());
    signal("CONT");
    String then = delivered();
    HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(authority.resolve("/token"))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(
                    HttpRequest.BodyPublishers.ofString(
                        "grant_type=client_credentials&client_id=nobody&client_secret=none"))
                .build(),
            HttpResponse.BodyHandlers.discarding());
    Await.require("an event is delivered", () -> !delivered().equals(then));
    assertThat(told).as("the control").noneMatch(one -> isFinding(one, "database-lost"));

    signal("STOP");
    command("mv", folder.toString(), data().resolve("monitor-after").toString());
    command("mv", before.toString(), folder.toString());
    signal("KILL");
    JsonObject finding = await("the finding", one -> isFinding(one, "database-lost"));
    assertThat(finding.toString())
        .contains("of a time before", "main/counterfoil-authority", "critical");
  }
}
