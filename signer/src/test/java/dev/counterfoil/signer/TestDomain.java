package dev.counterfoil.signer;

import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.keylog.EntryBundle;
import dev.counterfoil.format.keylog.KeyLogState;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.format.root.Delegation;
import dev.counterfoil.format.tree.Tile;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.read.LogReader;
import dev.counterfoil.registrar.RegistrarMain;
import dev.counterfoil.registrar.root.TrialRoot;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.IssueRequest;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerClient;
import dev.counterfoil.signerprotocol.SignerUnavailableException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A trust domain of real processes in a short-lived folder: a root, a registrar, a signer. Its
 * folder has a short path, since the sockets lie in it.
 */
public final class TestDomain implements AutoCloseable {
  public static final String ISSUER = "https://login.example";
  public static final Duration PATIENCE = Duration.ofMinutes(4);
  public static final Duration TIMEOUT = Duration.ofSeconds(20);

  /** Given where everything was built: starts from its cache take half of the processor time. */
  private static final @Nullable String DISTRIBUTION = System.getProperty("counterfoil.home");

  public final Path folder;
  public final TrialRoot root;
  public String registrarExtra = "";
  public String signerExtra = "";
  public List<String> signerPrefix = List.of();

  /** Of the Java runtime, after the usual ones. */
  public List<String> flags = List.of();

  /** Of the processes, beside the test's own. */
  public Map<String, String> environment = Map.of();

  /** With which the keys at rest of both are encrypted; null for each one's passphrase file. */
  public @Nullable String wrappingKey;

  /** Where the processes' output goes; null for a file each. */
  public @Nullable TestJournal journal;

  /** Whether the passphrase files are named beside it, so that keys are moved. */
  public boolean isMoving;

  /** Who may connect to the registrar's socket for s1: a list, empty for the test's own user. */
  public String firstSignersUsers = "[]";

  String signerFolder = "signer";
  private final List<Process> processes = new ArrayList<>();

  public TestDomain() throws Exception {
    folder = Files.createTempDirectory(Path.of("/tmp"), "cfs");
    root = TrialRoot.openOrMake(folder.resolve("root"), InstantSource.system());
    for (String part : List.of("registrar", "signer")) {
      TrialRoot.openOrMakePassphrase(folder.resolve(part).resolve("passphrase"));
    }
  }

  public Path path(String name) {
    return folder.resolve(name);
  }

  private String common(String role, String part) {
    return """
        domain: enterprise
        issuer: %s
        folder: %s
        %s
        service-socket: %s
        admin-socket: %s
        tenants: [acme, beta]
        audiences: [mail, files]
        """
        .formatted(
            ISSUER,
            path(part),
            wrappingKey == null
                ? passphrase(role)
                : (isMoving ? passphrase(role) + "\n" : "") + wrappingKey.strip(),
            path(role).resolve("service.sock"),
            path(role).resolve("admin.sock"));
  }

  private String passphrase(String role) {
    return "passphrase-file: " + path(role).resolve("passphrase");
  }

  public Path registrarConfiguration() throws IOException {
    return Files.writeString(
        path("registrar.yaml"),
        common("registrar", "registrar")
            + """
            signers:
              - {name: s1, socket: %s, users: %s, record-logs: [d1, d2]}
              - {name: s2, socket: %s}
            """
                .formatted(path("registrar/s1.sock"), firstSignersUsers, path("registrar/s2.sock"))
            + "log-folder: "
            + path("log")
            + "\nroot: "
            + root.pin()
            + "\n"
            + registrarExtra);
  }

  public Path signerConfiguration() throws IOException {
    return Files.writeString(
        path("signer.yaml"),
        common("signer", signerFolder)
            + "registrar-socket: "
            + path("registrar/s1.sock")
            + "\nlog-folder: "
            + path("log")
            + "\n"
            + signerExtra);
  }

  public Process start(String name, Path configuration, List<String> prefix) throws IOException {
    List<String> command = new ArrayList<>();
    if (journal != null) {
      command.addAll(journal.prefix(name));
    }
    command.addAll(prefix);
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx96m",
            "-XX:+UseSerialGC",
            // These processes live for seconds: what a better compiler takes, it never gives back.
            "-XX:TieredStopAtLevel=1",
            "-XX:+DisableAttachMechanism",
            "--enable-native-access=ALL-UNNAMED"));
    command.addAll(program(name));
    command.addAll(flags);
    command.addAll(
        List.of(
            (name.equals("registrar") ? RegistrarMain.class : SignerMain.class).getName(),
            "--config",
            configuration.toString()));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(path(name + ".log").toFile()));
    builder.environment().putAll(environment);
    Process process = builder.start();
    processes.add(process);
    return process;
  }

  /** The program as it was built, or as a distribution with a start cache has it. */
  private static List<String> program(String name) {
    String home = DISTRIBUTION;
    if (home == null) {
      return List.of("-cp", System.getProperty("java.class.path"));
    }
    String cache = name.equals("registrar") ? "registrar.aot" : "signer.aot";
    return List.of(
        "-XX:AOTCache=" + Path.of(home, "cache", cache),
        "-Xlog:aot*=off",
        "-Xlog:cds*=off",
        "-Djava.library.path=" + Path.of(home, "native"),
        "-Dcom.amazon.corretto.crypto.provider.useExternalLib=true",
        "-cp",
        Path.of(home, "lib") + "/*");
  }

  /** Files of which the program is made. */
  public static List<Path> programFiles() {
    String home = DISTRIBUTION;
    return home != null
        ? List.of(Path.of(home))
        : Stream.of(System.getProperty("java.class.path").split(":", -1)).map(Path::of).toList();
  }

  public Process startRegistrar() throws IOException {
    return start("registrar", registrarConfiguration(), List.of());
  }

  public Process startSigner() throws IOException {
    return start("signer", signerConfiguration(), signerPrefix);
  }

  /** Starts both and waits until the signer has an active key. */
  public Process startAll() throws Exception {
    startRegistrar();
    delegate();
    Process signer = startSigner();
    awaitSigner();
    return signer;
  }

  public void delegate() throws Exception {
    await("the request", () -> Files.exists(path("registrar/ceremony-request.json")));
    root.delegate(bounds(), path("registrar"));
  }

  public static TrialRoot.Bounds bounds() {
    return bounds(Duration.ofHours(1));
  }

  public static TrialRoot.Bounds bounds(Duration lifeMax) {
    return new TrialRoot.Bounds(
        "enterprise",
        ISSUER,
        new Delegation.Bounds(
            AllowList.of("acme", "beta"),
            AllowList.of("mail", "files"),
            AllowList.of("at+jwt"),
            lifeMax));
  }

  /** The same bounds, within which tokens need not be recorded. */
  public static TrialRoot.Bounds boundsWithoutRecord() {
    Delegation.Bounds like = bounds().within();
    return new TrialRoot.Bounds(
        "enterprise",
        ISSUER,
        new Delegation.Bounds(
            like.tenants(),
            like.audiences(),
            like.tokenTypes(),
            Set.of("position", "digest", "none"),
            like.lifeMax()));
  }

  public void awaitSigner() throws InterruptedException {
    try (SignerClient client = signer()) {
      await("the signer", () -> isReady(client));
    }
  }

  public void awaitRegistrar() throws InterruptedException {
    try (SignerClient client = registrar()) {
      await("the registrar", () -> isReady(client));
    }
  }

  static boolean isReady(SignerClient client) {
    try {
      return client.ask(Commands.status(), TIMEOUT) instanceof Answer.Done done
          && Boolean.TRUE.equals(done.result().get("ready"));
    } catch (SignerUnavailableException e) {
      return false;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Waits for a condition that must become true; what it waited for is named when it does not. */
  public void await(String what, BooleanSupplier condition) throws InterruptedException {
    Instant end = Instant.now().plus(PATIENCE);
    while (!condition.getAsBoolean()) {
      if (Instant.now().isAfter(end)) {
        throw new AssertionError("waited in vain for " + what + saidByAll());
      }
      Thread.sleep(5);
    }
  }

  private String saidByAll() {
    StringBuilder said = new StringBuilder();
    for (String name : List.of("registrar", "signer")) {
      try {
        said.append('\n').append(name).append(" said:\n").append(log(name));
      } catch (IOException e) {
        said.append("nothing");
      }
    }
    return said.toString();
  }

  public SignerClient signer() {
    return new SignerClient(path("signer/service.sock"));
  }

  public SignerClient registrar() {
    return new SignerClient(path("registrar/service.sock"));
  }

  private static long size(LogReader reader) {
    try {
      return reader.published().map(now -> now.checkpoint().size()).orElse(0L);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Revokes a token of the first log, under the checkpoint that is published. */
  public Answer revoke(long position) throws Exception {
    return ask("registrar/service.sock", revocation(position));
  }

  /** What the authority says for that, as soon as the token stands under a checkpoint. */
  public Request.Command revocation(long position) throws Exception {
    try (LogReader reader = new LogReader(FileDisk.toRead(path("log/s1g1")))) {
      await("a checkpoint over the token", () -> size(reader) > position);
      return Commands.revokeToken(
          "s1g1",
          position,
          Instant.now().plusSeconds(300),
          reader.published().orElseThrow().note());
    }
  }

  /** Asks on a connection of its own. */
  public Answer ask(String socket, Request request) throws Exception {
    try (SignerClient client = new SignerClient(path(socket))) {
      await("a connection to " + socket, client::isConnected);
      return client.ask(request, TIMEOUT);
    }
  }

  /** What counts, by the key log in the public folder. */
  public KeySet keySet() throws Exception {
    TrustPolicy policy = policy();
    KeyLogState state = KeyLogState.under(policy);
    try (LogReader reader = new LogReader(FileDisk.toRead(path("log/keys")))) {
      Checkpoint checkpoint = Checkpoint.verify(reader.checkpoint(), policy.logs().getFirst());
      for (long at = 0; at < checkpoint.size(); at += Tile.FULL_WIDTH) {
        Tile tile = Tile.of(Tile.ENTRIES, at / Tile.FULL_WIDTH, checkpoint.size());
        for (byte[] entry : EntryBundle.parse(reader.tile(tile), tile.width())) {
          state.apply(entry);
        }
      }
      state.forget(Instant.now());
      return state.keySet(checkpoint.size(), Instant.now());
    }
  }

  public TrustPolicy policy() throws Exception {
    return new TrustPolicy(
        "enterprise",
        ISSUER,
        root.pin(),
        List.of(NoteKey.parse(Files.readString(path("registrar/key-log.vkey")).strip())));
  }

  public String log(String name) throws IOException {
    return journal != null
        ? journal.said(name)
        : Files.readString(path(name + ".log"), StandardCharsets.UTF_8);
  }

  void note(String name, String line) throws IOException {
    Files.writeString(
        path(name + ".log"), line + "\n", StandardOpenOption.APPEND, StandardOpenOption.CREATE);
  }

  /** A request that passes. */
  public static IssueRequest request() {
    return request("acme", "mail", 300);
  }

  public static IssueRequest request(String tenant, String audience, int lifeSeconds) {
    return request(tenant, audience, lifeSeconds, null);
  }

  /** For a token of an algorithm. */
  public static IssueRequest request(
      String tenant, String audience, int lifeSeconds, @Nullable String algorithm) {
    return new IssueRequest(
        "at+jwt",
        tenant,
        "robot",
        "robot",
        List.of(audience),
        "read",
        lifeSeconds,
        null,
        null,
        new IssueRequest.Ground("client_secret_basic", ""),
        "192.0.2.7",
        1_764_000_000_000L,
        algorithm,
        null);
  }

  @Override
  public void close() throws IOException {
    for (Process process : processes) {
      process.destroyForcibly().onExit().join();
    }
    try (var files = Files.walk(folder)) {
      files.sorted((a, b) -> b.compareTo(a)).forEach(file -> file.toFile().delete());
    }
  }
}
