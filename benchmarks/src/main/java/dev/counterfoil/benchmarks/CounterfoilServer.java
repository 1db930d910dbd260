package dev.counterfoil.benchmarks;

import com.nimbusds.jose.jwk.ECKey;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.verifier.Expectations;
import dev.counterfoil.verifier.Verification;
import dev.counterfoil.verifier.Verifier;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * A throwaway installation of the built distribution, started as a user starts it: registrar,
 * signer, authority and monitor, each a process.
 */
final class CounterfoilServer implements Server {
  /** A client that a first start makes, with a secret. */
  private static final String SECRET_CLIENT = "demo";

  /** A client that a first start makes, with a key. */
  private static final String KEY_CLIENT = "demo-api";

  /** The service that the clients' tokens are for. */
  static final String AUDIENCE = "demo-api";

  private static final String DOMAIN = "bench";
  private static final String TENANT = "acme";

  /** How long a verifier may take to fetch the key set. */
  private static final Duration KEYS_MAX = Duration.ofSeconds(5);

  private static final Duration START_MAX = Duration.ofMinutes(2);

  private final Child child;
  private final Path data;
  private final String issuer;
  private final LoadClient client;
  private final Duration ready;

  private CounterfoilServer(
      Child child, Path data, String issuer, LoadClient client, Duration ready) {
    this.child = child;
    this.data = data;
    this.issuer = issuer;
    this.client = client;
    this.ready = ready;
  }

  /**
   * Starts one.
   *
   * @param root the repository, with the distribution in {@code dist/counterfoil}
   * @param folder for the log of the processes and, on the first start, for the data
   */
  static CounterfoilServer start(Path root, Path folder)
      throws IOException, InterruptedException, ParseException {
    return start(root, folder, Map.of());
  }

  /**
   * Starts one.
   *
   * @param more of its environment
   */
  static CounterfoilServer start(Path root, Path folder, Map<String, String> more)
      throws IOException, InterruptedException, ParseException {
    Path configuration = folder.resolve("installation.yaml");
    if (!Files.exists(configuration)) {
      configure(folder, TENANT);
    }
    String issuer =
        Files.readAllLines(configuration).stream()
            .filter(line -> line.contains("issuer: "))
            .map(line -> line.substring(line.indexOf("http")))
            .findFirst()
            .orElseThrow();
    Path data = folder.resolve("data");
    Map<String, String> environment = new HashMap<>(more);
    environment.put("JAVA_HOME", System.getProperty("java.home"));
    long begun = System.nanoTime();
    Child child =
        Child.start(
            "counterfoil up",
            folder,
            folder.resolve("up.log"),
            environment,
            List.of(
                root.resolve("dist/counterfoil/bin/counterfoil").toString(),
                "up",
                "--no-demo",
                "--data",
                data.toString(),
                "--config",
                configuration.toString()));
    try {
      Duration ready = Http.awaitOk(URI.create(issuer + "/health/ready"), child, begun, START_MAX);
      Path clients = data.resolve("domains").resolve(DOMAIN).resolve("clients");
      Path secret = clients.resolve(SECRET_CLIENT + ".secret");
      await(secret, child, begun);
      LoadClient client =
          new LoadClient(
              SECRET_CLIENT,
              Files.readString(secret).strip(),
              KEY_CLIENT,
              ECKey.parse(Files.readString(clients.resolve(KEY_CLIENT + ".jwk"))));
      return new CounterfoilServer(child, data, issuer, client, ready);
    } catch (IOException | InterruptedException | ParseException | RuntimeException e) {
      child.close();
      throw e;
    }
  }

  /** The clients are registered while the authority already answers. */
  private static void await(Path file, Child child, long begunNanos) throws InterruptedException {
    while (!Files.exists(file)) {
      if (!child.isAlive() || System.nanoTime() - begunNanos > START_MAX.toNanos()) {
        throw new IllegalStateException(file + " was not written." + child.shown());
      }
      Thread.sleep(TokenSample.PAUSE);
    }
  }

  /** Writes what an installation is made from that is started in the folder afterwards. */
  static void configure(Path folder, String tenant) throws IOException {
    Files.writeString(
        folder.resolve("installation.yaml"), configuration(Ports.free(), Ports.free(), tenant));
  }

  private static String configuration(int authority, int monitor, String tenant) {
    return """
        domains:
          - name: %1$s
            issuer: http://127.0.0.1:%2$d
            listen: 127.0.0.1:%2$d
            tenants: [%4$s]
            audiences: ["*"]
        monitor-listen: 127.0.0.1:%3$d
        """
        .formatted(DOMAIN, authority, monitor, tenant);
  }

  /** Time from the start of {@code counterfoil up} until the authority said that it is ready. */
  Duration ready() {
    return ready;
  }

  /** Where the monitor listens. */
  URI monitor() throws IOException {
    return Files.readAllLines(data.resolveSibling("installation.yaml")).stream()
        .filter(line -> line.startsWith("monitor-listen: "))
        .map(line -> URI.create("http://" + line.substring("monitor-listen: ".length())))
        .findFirst()
        .orElseThrow();
  }

  /** Processor time that the monitor has used so far. */
  Duration monitorTime() {
    return child.all().stream()
        .map(ProcessHandle::info)
        .filter(info -> info.commandLine().orElse("").contains("MonitorMain"))
        .map(info -> info.totalCpuDuration().orElse(Duration.ZERO))
        .reduce(Duration.ZERO, Duration::plus);
  }

  /** Runs a command of the command line on this installation; what it prints. */
  String run(Path root, Path folder, String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(root.resolve("dist/counterfoil/bin/counterfoil").toString());
    command.addAll(List.of(arguments));
    command.addAll(List.of("--data", data.toString()));
    Path out = Files.createTempFile(folder, "command", ".out");
    try (Child one =
        Child.start(
            "counterfoil " + arguments[0],
            folder,
            out,
            Map.of("JAVA_HOME", System.getProperty("java.home")),
            command)) {
      if (one.await(START_MAX) != 0) {
        throw new IllegalStateException(
            "counterfoil " + String.join(" ", arguments) + " failed." + one.shown());
      }
      return one.output().strip();
    } finally {
      Files.delete(out);
    }
  }

  /** The policy file that a verifier starts from. */
  Path policy() {
    return data.resolve("domains").resolve(DOMAIN).resolve("policy.txt");
  }

  @Override
  public List<ProcessHandle> processes() {
    return child.all();
  }

  @Override
  public String name() {
    return "Counterfoil";
  }

  @Override
  public String description() {
    return "Counterfoil, four processes and a warm spare signer, counterfoils durable before the answer";
  }

  @Override
  public String issuer() {
    return issuer;
  }

  @Override
  public URI tokenEndpoint() {
    return URI.create(issuer + "/token");
  }

  @Override
  public URI jwks() {
    return URI.create(issuer + "/jwks");
  }

  @Override
  public LoadClient client() {
    return client;
  }

  @Override
  public String form() {
    return "grant_type=client_credentials";
  }

  /** The sum of the sizes in the published checkpoints of the domain's logs. */
  @Override
  public OptionalLong recorded() throws IOException, InterruptedException {
    List<String> logs;
    try (Stream<Path> folders =
        Files.list(data.resolve("domains").resolve(DOMAIN).resolve("log"))) {
      logs = folders.map(folder -> folder.getFileName().toString()).sorted().toList();
    }
    long sum = 0;
    for (String log : logs) {
      HttpResponse<String> answer = Http.get(URI.create(issuer + "/logs/" + log + "/checkpoint"));
      if (answer.statusCode() == 200) {
        sum += size(answer.body());
      }
    }
    return OptionalLong.of(sum);
  }

  /** By the verifier that services embed: signature, claims, and the proof of issuance by tiles. */
  @Override
  public void requireIssued(List<String> tokens) throws IOException, InterruptedException {
    Expectations expectations =
        Expectations.audience(AUDIENCE).accessToken().anyTenant().bearerAllowed();
    try (Verifier verifier =
        Verifier.builder(TrustPolicy.parse(Files.readAllBytes(policy()))).build()) {
      long begun = System.nanoTime();
      while (!verifier.isReady() && System.nanoTime() - begun < KEYS_MAX.toNanos()) {
        Thread.sleep(TokenSample.PAUSE);
      }
      for (String token : tokens) {
        Verification verification = verifier.verify(token, expectations);
        if (!verification.isVerified()) {
          throw new IllegalStateException("The verifier refuses a token: " + verification);
        }
      }
    } catch (FormatException e) {
      throw new IOException("The installation's policy is none", e);
    }
  }

  private static long size(String checkpoint) throws IOException {
    try {
      SignedNote note = SignedNote.parse(checkpoint.getBytes(StandardCharsets.UTF_8));
      return Checkpoint.parse(note.text()).size();
    } catch (FormatException e) {
      throw new IOException("The authority's checkpoint is none", e);
    }
  }

  @Override
  public void close() {
    child.close();
  }
}
