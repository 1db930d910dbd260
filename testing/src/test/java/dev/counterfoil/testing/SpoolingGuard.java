package dev.counterfoil.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.testing.Distribution.Result;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A {@code counterfoil guard} whose refusals are events of the audit log, before nobody. */
final class SpoolingGuard implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  private final HttpClient http = HttpClient.newHttpClient();
  private final Path folder;
  private final int port;
  private final Process process;

  private SpoolingGuard(Path folder, int port, Process process) {
    this.folder = folder;
    this.port = port;
    this.process = process;
  }

  /** Registers its client, and writes its configuration. */
  static void configure(Path folder, int monitorPort) throws Exception {
    Result added =
        Distribution.run(
            folder,
            "client",
            "add",
            "proxy",
            "--tenant",
            "acme",
            "--audience",
            "counterfoil-monitor",
            "--scope",
            "counterfoil:sightings",
            "--scope",
            "counterfoil:audit-report",
            "--make-key");
    assertThat(added.exitCode()).as(added.err()).isZero();
    Files.writeString(
        folder.resolve("guard.yaml"),
        """
        listen: "127.0.0.1:%d"
        policy: counterfoil-data/domains/main/policy.txt
        services:
          - name: mail
            audience: demo-api
            tenants: [acme]
            binding: bearer-allowed
        reporting:
          monitor: "http://127.0.0.1:%d"
          instance: proxy-1
          client-id: proxy
          client-key: counterfoil-data/domains/main/clients/proxy.jwk
          audit-spool: guard-spool
          audit-tenant: acme
        """
            .formatted(Distribution.freePort(), monitorPort));
  }

  /** Starts it, with whatever an earlier one left in its folder. */
  static SpoolingGuard start(Path folder) throws Exception {
    Path err = folder.resolve("guard.err");
    Process process = Distribution.start(folder, err, "guard", "--json", "--config", "guard.yaml");
    BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
    assertThat(out.readLine()).as("what the guard said: %s", Files.readString(err)).isNotNull();
    String port =
        Files.readString(folder.resolve("guard.yaml"))
            .replaceFirst("(?s).*?127.0.0.1:(\\d+).*", "$1");
    return new SpoolingGuard(folder, Integer.parseInt(port), process);
  }

  /** A request from an address that is refused. */
  void refuses(String address) throws Exception {
    assertThat(ask("no.token.atall", address).statusCode()).isEqualTo(401);
  }

  /** Shows it a token: the code with which it is refused; empty where it passes. */
  Optional<String> present(String token) throws IOException, InterruptedException {
    HttpResponse<Void> answer = ask(token, "203.0.113.44");
    if (answer.statusCode() == 200) {
      return Optional.empty();
    }
    Optional<String> undecided = answer.headers().firstValue("Counterfoil-Refusal");
    return undecided.isPresent()
        ? undecided
        : answer
            .headers()
            .firstValue("WWW-Authenticate")
            .map(said -> said.replaceFirst(".*error_description=\"([^\"]*)\".*", "$1"))
            .or(() -> Optional.of("status " + answer.statusCode()));
  }

  private HttpResponse<Void> ask(String token, String address)
      throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/services/mail"))
            .header("Authorization", "Bearer " + token)
            .header("X-Forwarded-Method", "GET")
            .header("X-Forwarded-Proto", "https")
            .header("X-Forwarded-Host", "mail.example")
            .header("X-Forwarded-Uri", "/inbox")
            .header("X-Forwarded-For", address)
            .build(),
        HttpResponse.BodyHandlers.discarding());
  }

  /**
   * Waits until it is written down: behind the answer, since nothing was done of what was asked.
   */
  void awaitSpooled(String address) throws Exception {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!isSpooled(address)) {
      assertThat(System.nanoTime()).as("written down within " + PATIENCE).isLessThan(end);
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }

  private boolean isSpooled(String address) throws IOException {
    try (Stream<Path> files = Files.walk(folder.resolve("guard-spool"))) {
      List<Path> regular = files.filter(Files::isRegularFile).toList();
      for (Path file : regular) {
        if (Files.readString(file, StandardCharsets.ISO_8859_1).contains("\"" + address + "\"")) {
          return true;
        }
      }
      return false;
    }
  }

  /** Waits until the audit log has it, and says how often. */
  static int awaitEvent(Path folder, String address) throws Exception {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      Result found = Distribution.run(folder, "audit", "search", "--json", "--address", address);
      if (found.exitCode() == 0) {
        assertThat(found.out()).contains("guard.refuse");
        return found.jsonLines().size();
      }
      assertThat(System.nanoTime())
          .as("an event within %s: %s", PATIENCE, found.err())
          .isLessThan(end);
      TimeUnit.MILLISECONDS.sleep(200);
    }
  }

  /** As {@code kill -9} does. */
  void kill() {
    process.destroyForcibly().onExit().join();
  }

  /** As Ctrl-C does: it tells the monitor that it is gone, and is no silent verifier after that. */
  @Override
  public void close() {
    http.shutdownNow();
    process.destroy();
    if (process.onExit().completeOnTimeout(process, 60, TimeUnit.SECONDS).join().isAlive()) {
      kill();
      throw new AssertionError("the guard does not stop");
    }
  }
}
