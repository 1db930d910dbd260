package dev.counterfoil.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.testing.Distribution.Result;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What {@code up} leaves behind and says on the screen: of itself nothing that alarms anybody. */
class FreshInstallationTest {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @SuppressWarnings("NullAway.Init") // made before the test
  private Path folder;

  private int port;
  private final List<String> screen = new CopyOnWriteArrayList<>();
  private @Nullable Process up;

  @BeforeEach
  void makeFolder() throws Exception {
    folder = Files.createTempDirectory(Path.of("/tmp"), "cf");
    port = Distribution.freePort();
  }

  @AfterEach
  void stop() throws Exception {
    end();
    PutBackKeyLog.delete(folder);
  }

  private void end() throws InterruptedException {
    Process running = up;
    if (running != null) {
      running.destroy();
      assertThat(running.waitFor(60, TimeUnit.SECONDS)).isTrue();
    }
  }

  private Path configuration(String issuer) throws IOException {
    return Files.writeString(
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
            purposes:
              - name: access
        """
            .formatted(Distribution.freePort(), issuer, port));
  }

  /** Starts it as a person does, and keeps what the screen shows. */
  private void up(String issuer) throws Exception {
    screen.clear();
    Process started =
        Distribution.start(
            folder, folder.resolve("up.err"), "up", "--config", configuration(issuer).toString());
    up = started;
    Thread.ofVirtual()
        .start(
            () -> {
              try (BufferedReader out = started.inputReader(StandardCharsets.UTF_8)) {
                out.lines().forEach(screen::add);
              } catch (IOException | UncheckedIOException e) {
                // It ended, and its screen with it.
                screen.add(e.toString());
              }
            });
    await("Serving until Ctrl-C");
  }

  private void await(String words) throws Exception {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (screen.stream().noneMatch(line -> line.contains(words))) {
      assertThat(System.nanoTime())
          .as("%s: %s %s", words, screen, Files.readString(folder.resolve("up.err")))
          .isLessThan(end);
      Thread.sleep(100);
    }
  }

  /** The monitor's custodian starts after the authority, which asks it at once. */
  private void awaitHealthyCosigners() throws Exception {
    String last = "";
    for (int i = 0; i < 300; i++) {
      last = get("/health/ready");
      if (last.contains("\"cosigners\":[{") && !last.contains("\"problem\":")) {
        return;
      }
      Thread.sleep(100);
    }
    throw new AssertionError(last);
  }

  private String get(String path) throws Exception {
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
              HttpResponse.BodyHandlers.ofString())
          .body();
    }
  }

  private long registrations() throws Exception {
    Result events =
        Distribution.run(folder, "audit", "search", "--tenant", "acme", "--json", "--all");
    assertThat(events.exitCode()).as(events.err()).isZero();
    return events.out().lines().filter(line -> line.contains("client.register")).count();
  }

  @Test
  void aStartLeavesNoFindingOfItselfAndSaysWhenASignerWasRewound() throws Exception {
    up("http://127.0.0.1:" + port);
    assertThat(screen).anyMatch(line -> line.contains("REFUSED"));
    assertThat(screen).noneMatch(line -> line.contains("ended at"));
    Result findings = Distribution.run(folder, "findings");
    assertThat(findings.exitCode()).as(findings.out()).isZero();
    long registered = 0;
    for (int i = 0; i < 20 && registered == 0; i++) {
      Thread.sleep(500);
      registered = registrations();
    }
    assertThat(registered).as("the control: it was made once").isEqualTo(1);
    Path signer = folder.resolve("counterfoil-data/domains/main/signer");
    end();
    PutBackKeyLog.copy(signer, folder.resolve("copy"));

    up("http://127.0.0.1:" + port);
    assertThat(registrations()).as("it exists").isEqualTo(registered);
    awaitHealthyCosigners();
    end();
    PutBackKeyLog.delete(signer);
    PutBackKeyLog.copy(folder.resolve("copy"), signer);

    up("http://127.0.0.1:" + port);
    await("An earlier state of the folder of signer s1 was put back");
    assertThat(String.join("\n", screen)).contains("s1g2 continues", "compromise s1g1 --yes");

    assertThatAStoppedAuthorityIsSaidSoon();
  }

  /** It stands still: connections are taken, and nothing is answered. */
  private void assertThatAStoppedAuthorityIsSaidSoon() throws Exception {
    Path token = folder.resolve("token.txt");
    Result issued = Distribution.run(folder, "token");
    assertThat(issued.exitCode()).as(issued.err()).isZero();
    Files.writeString(token, issued.out());
    assertThat(Distribution.run(folder, "verify", token.toString()).exitCode())
        .as("the control")
        .isZero();
    long authority = authority();
    Distribution.signal("STOP", authority);
    try {
      long began = System.nanoTime();
      Result verified = Distribution.run(folder, "verify", token.toString());
      Duration took = Duration.ofNanos(System.nanoTime() - began);
      assertThat(verified.exitCode()).as(verified.out() + verified.err()).isEqualTo(4);
      assertThat(verified.err()).contains("Is its authority running?");
      // Five seconds on a quiet machine; the tests' does other things.
      assertThat(took).isLessThan(Duration.ofSeconds(20));
    } finally {
      Distribution.signal("CONT", authority);
    }
  }

  private long authority() {
    return java.util.Objects.requireNonNull(up)
        .children()
        .filter(child -> child.info().commandLine().orElse("").contains("authority.AuthorityMain"))
        .findFirst()
        .orElseThrow()
        .pid();
  }

  /** Such as an issuer's URL that leads nowhere from this machine. */
  @Test
  void aDemonstrationThatFailsEndsNothing() throws Exception {
    up("https://127.0.0.1:1");
    await("Warning: the demonstration failed");
    assertThat(String.join("\n", screen)).contains("All processes serve nevertheless");
    assertThat(get("/.well-known/oauth-authorization-server"))
        .contains("token_endpoint")
        .as("nobody outside reaches an address of this machine")
        .doesNotContain("http://127.0.0.1");
  }
}
