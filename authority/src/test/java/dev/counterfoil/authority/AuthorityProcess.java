package dev.counterfoil.authority;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.authority.settings.AuthorityConfiguration;
import dev.counterfoil.authority.settings.PeersEntry;
import dev.counterfoil.authority.settings.PostgresEntry;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One of several authorities of a domain, as a process of its own that can be killed. */
public final class AuthorityProcess {
  private static final int START_SECONDS_MAX = 60;

  private final Path file;
  private final int port;
  private Process process;
  private @Nullable Process tracer;

  private AuthorityProcess(Path file, int port) throws Exception {
    this.file = file;
    this.port = port;
    this.process = launch();
  }

  /** Writes its configuration into a folder, and starts it. */
  static AuthorityProcess start(AuthorityConfiguration.Domain domain, Path folder)
      throws Exception {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    Path file = folder.resolve("authority.yaml");
    Files.writeString(file, yaml(domain, port));
    return new AuthorityProcess(file, port);
  }

  private static String yaml(AuthorityConfiguration.Domain domain, int port) {
    PostgresEntry postgres = domain.postgresql().orElseThrow();
    PeersEntry peers = domain.peers().orElseThrow();
    PeersEntry.Peer other = peers.others().getFirst();
    return """
        domains:
          - name: %s
            issuer: %s
            listen: 127.0.0.1:%d
            signer-socket: %s
            registrar-socket: %s
            admin-socket: %s
            policy: %s
            log-folder: %s
            database: %s
            pepper: %s
            default-audiences: [%s]
            postgresql:
              address: %s
              password: %s
            people:
              database: %s
            peers:
              number: %d
              listen: %s
              certificate: %s
              key: %s
              others:
                - number: %d
                  address: %s
                  certificate: %s
        """
        .formatted(
            domain.name(),
            domain.issuer(),
            port,
            domain.signerSocket().path(),
            domain.registrarSocket().path(),
            domain.adminSocket().path(),
            domain.policy(),
            domain.logFolder(),
            domain.database(),
            domain.pepper(),
            RunningDomain.AUDIENCE,
            postgres.address(),
            postgres.password().orElseThrow(),
            domain.people().orElseThrow().database(),
            peers.number(),
            peers.listen(),
            peers.certificate(),
            peers.key(),
            other.number(),
            other.address(),
            other.certificate());
  }

  int port() {
    return port;
  }

  private Process launch() throws Exception {
    Path log = file.resolveSibling("authority.log");
    Process started =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                AuthorityMain.class.getName(),
                "--config",
                file.toString())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS_MAX);
    while (!isServing()) {
      if (!started.isAlive() || System.nanoTime() > end) {
        throw new IOException(Files.readString(log));
      }
      Thread.sleep(20);
    }
    return started;
  }

  private boolean isServing() throws InterruptedException {
    try (HttpClient http = HttpClient.newHttpClient()) {
      URI jwks = URI.create("http://127.0.0.1:" + port + "/jwks");
      HttpRequest request = HttpRequest.newBuilder(jwks).timeout(Duration.ofSeconds(5)).build();
      return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Has strace kill it when one of its threads begins its n-th call of a kind from now on, which is
   * not carried out.
   */
  public void killAt(String call, int when) throws IOException {
    Process strace =
        new ProcessBuilder(
                "strace",
                "-f",
                "-o",
                "/dev/null",
                "-p",
                Long.toString(process.pid()),
                "-e",
                "trace=" + call,
                "-e",
                "inject=" + call + ":signal=KILL:when=" + when)
            .start();
    tracer = strace;
    BufferedReader said = strace.errorReader();
    String line = said.readLine();
    assertThat(line).as("strace is attached").contains("attached");
    strace.getInputStream().close();
  }

  /** Whether it is still there. */
  public boolean isAlive() {
    return process.isAlive();
  }

  /** Kills it, as {@code kill -9} does; where it is gone already nothing happens. */
  public void kill() {
    process.destroyForcibly().onExit().join();
    if (tracer != null) {
      tracer.onExit().join();
      tracer = null;
    }
  }

  /** Starts it again on the same files. */
  public void restart() throws Exception {
    process = launch();
  }
}
