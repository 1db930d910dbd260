package dev.counterfoil.benchmarks.servers;

import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.oauth2.sdk.auth.Secret;
import dev.counterfoil.authority.AuthorityAdmin;
import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.benchmarks.run.Child;
import dev.counterfoil.benchmarks.run.Http;
import dev.counterfoil.benchmarks.run.Resident;
import dev.counterfoil.benchmarks.run.RunFolder;
import dev.counterfoil.drills.domain.IssuerClient.Credentials;
import dev.counterfoil.drills.run.FreePorts;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.installation.layout.DataFolder;
import dev.counterfoil.installation.layout.DataFolder.DomainFolder;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A throwaway installation of the built distribution, started as a user starts it: registrar,
 * signer, authority and monitor, each a process.
 */
public final class CounterfoilServer implements AutoCloseable {
  /** A client that a first start makes, with a secret. */
  private static final String SECRET_CLIENT = "demo";

  /** A client that a first start makes, with a key; its tokens are for the service of its name. */
  private static final String KEY_CLIENT = "demo-api";

  /** The service that the clients' tokens are for. */
  public static final String AUDIENCE = "demo-api";

  public static final String TENANT = "acme";
  private static final Duration COMMAND_MAX = Duration.ofMinutes(2);
  private static final Duration RECORD_LAG_MAX = Duration.ofSeconds(10);

  private final Server server;
  private final Path folder;
  private final Path data;
  private final Duration ready;

  private CounterfoilServer(Server server, Path folder, Duration ready) {
    this.server = server;
    this.folder = folder;
    this.data = folder.resolve("data");
    this.ready = ready;
  }

  /** Starts one that is as {@link #configure} makes it, in a folder for its data. */
  public static CounterfoilServer start(Path folder)
      throws IOException, InterruptedException, ParseException {
    return start(folder, Map.of());
  }

  /** The same with more in its environment. */
  public static CounterfoilServer start(Path folder, Map<String, String> environment)
      throws IOException, InterruptedException, ParseException {
    Path configuration = folder.resolve("installation.yaml");
    if (!Files.exists(configuration)) {
      configure(folder, TENANT, "", "");
    }
    String issuer = setting(folder, "issuer");
    Path data = folder.resolve("data");
    long begun = System.nanoTime();
    Child child =
        Child.counterfoil(
            folder,
            environment,
            "up",
            "--no-demo",
            "--data",
            data.toString(),
            "--config",
            configuration.toString());
    try {
      Duration ready = Http.awaitOk(URI.create(issuer + "/health/ready"), child, begun);
      Path clients = data.resolve("domains/bench/clients");
      // The clients are registered while the authority already answers.
      child.await(clients.resolve(SECRET_CLIENT + ".secret"), begun);
      LoadClient client =
          new LoadClient(
              SECRET_CLIENT,
              new Secret(Files.readString(clients.resolve(SECRET_CLIENT + ".secret")).strip()),
              KEY_CLIENT,
              ECKey.parse(Files.readString(clients.resolve(KEY_CLIENT + ".jwk"))));
      Server server =
          new Server(
              "Counterfoil",
              "Counterfoil, four processes and a warm spare signer, counterfoils durable before the answer",
              issuer,
              URI.create(issuer + "/token"),
              URI.create(issuer + "/jwks"),
              client,
              child);
      return new CounterfoilServer(server, folder, ready);
    } catch (IOException | InterruptedException | ParseException | RuntimeException e) {
      child.close();
      throw e;
    }
  }

  /**
   * Writes what an installation is made from that is started in the folder afterwards.
   *
   * @param tenant of its one domain, {@code bench}; {@code *} for all
   * @param ofDomain more settings of the domain, a line each
   * @param before settings of the installation, a line each
   */
  public static void configure(Path folder, String tenant, String ofDomain, String before)
      throws IOException {
    List<Integer> ports = FreePorts.find(2);
    Files.writeString(
        folder.resolve("installation.yaml"),
        """
        %5$sdomains:
          - name: bench
            issuer: http://127.0.0.1:%1$d
            listen: 127.0.0.1:%1$d
            tenants: ["%3$s"]
            audiences: ["*"]
        %4$smonitor-listen: 127.0.0.1:%2$d
        """
            .formatted(ports.get(0), ports.get(1), tenant, ofDomain.indent(4), before));
  }

  private static String setting(Path folder, String name) throws IOException {
    return Files.readAllLines(folder.resolve("installation.yaml")).stream()
        .map(String::strip)
        .filter(line -> line.startsWith(name + ": "))
        .findFirst()
        .orElseThrow()
        .substring(name.length() + 2);
  }

  /** What any token server has. */
  public Server server() {
    return server;
  }

  /** Time from the start of {@code counterfoil up} until the authority said that it is ready. */
  public Duration ready() {
    return ready;
  }

  /** Where the monitor listens. */
  public URI monitor() throws IOException {
    return URI.create("http://" + setting(folder, "monitor-listen"));
  }

  /** The policy file that a verifier starts from. */
  public Path policy() {
    return data.resolve("domains/bench/policy.txt");
  }

  /** Where the signer is asked for tokens. */
  public Path signerSocket() {
    return data.resolve("domains/bench/signer/service.sock");
  }

  /** What the command line asks the authority to do; the caller closes it. */
  public AuthorityAdmin admin() {
    return new AuthorityAdmin(domain().clientAdminSocket());
  }

  /** Registers a client; its secret. */
  public String register(AuthorityAdmin admin, ClientRegistration registration) throws Exception {
    return Credentials.register(admin, domain(), registration).secret();
  }

  /** The database of its people. */
  public Path directory() {
    return domain().path().resolve("authority/people.db");
  }

  private DomainFolder domain() {
    return new DataFolder(data).domain("bench");
  }

  /** Processor time that processes of a name have used so far, in seconds. */
  public double processorSeconds(String process) throws IOException {
    return Resident.processorSeconds(server.child().all()).getOrDefault(process, 0.0);
  }

  /** Runs a command on this installation; what it prints. */
  public String run(Path folder, String... arguments) throws IOException, InterruptedException {
    List<String> words = new ArrayList<>(List.of(arguments));
    words.addAll(List.of("--data", data.toString()));
    try (Child one = Child.counterfoil(folder, Map.of(), words.toArray(String[]::new))) {
      return one.said(COMMAND_MAX).strip();
    }
  }

  /** A file with so many tokens, one a line. */
  public Path tokens(Path folder, int count) throws IOException, InterruptedException {
    List<String> tokens = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      tokens.add(server.token());
    }
    return Files.write(RunFolder.secret(folder.resolve("tokens.txt")), tokens);
  }

  /** The sum of the sizes in the published checkpoints of the domain's logs. */
  public long recorded() throws IOException, InterruptedException {
    List<String> logs;
    try (Stream<Path> folders = Files.list(data.resolve("domains/bench/log"))) {
      logs = folders.map(folder -> folder.getFileName().toString()).sorted().toList();
    }
    long sum = 0;
    for (String log : logs) {
      HttpResponse<String> answer =
          Http.get(URI.create(server.issuer() + "/logs/" + log + "/checkpoint"));
      if (answer.statusCode() == 200) {
        sum += size(answer.body());
      }
    }
    return sum;
  }

  /** Waits a moment for the checkpoints; by how much the record grew, or a failure. */
  public long requireRecorded(long before, long tokens) throws IOException, InterruptedException {
    long begun = System.nanoTime();
    while (recorded() - before < tokens) {
      if (System.nanoTime() - begun > RECORD_LAG_MAX.toNanos()) {
        throw new IllegalStateException("The log has fewer tokens than were given out.");
      }
      Thread.sleep(50);
    }
    return recorded() - before;
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
    server.close();
  }
}
