package dev.counterfoil.drills.disclosure;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.SimpleFileServer;
import dev.counterfoil.authority.AuthorityAdmin;
import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.configuration.HostPort;
import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.configuration.UnixSocketPath;
import dev.counterfoil.custodian.CustodianConfiguration;
import dev.counterfoil.custodian.CustodianProcess;
import dev.counterfoil.disclosure.DisclosureKey;
import dev.counterfoil.disclosure.SignedDisclosure;
import dev.counterfoil.disclosure.desk.DisclosureConfiguration;
import dev.counterfoil.disclosure.desk.DisclosureProcess;
import dev.counterfoil.disclosure.desk.OwnKeys;
import dev.counterfoil.drills.domain.ThrowawayInstallation;
import dev.counterfoil.drills.log.LogStage;
import dev.counterfoil.drills.run.Await;
import dev.counterfoil.drills.run.DrillRun;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.installation.layout.InstallationClients;
import dev.counterfoil.log.EntryLog;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.log.read.LogReader;
import dev.counterfoil.log.tools.StaticCopy;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** A disclosure process beside a domain, and a tenant's webhook that takes its notices. */
final class DisclosureStage implements AutoCloseable {
  private static final int BODY_BYTES_MAX = 1 << 20;
  private static final int TAKEN = 204;

  private final DrillRun run;
  private final LogStage domain;
  private final Path folder;
  private final HttpServer webhook;
  private final Map<String, SignedDisclosure> received = new ConcurrentHashMap<>();
  private final HttpServer site;
  private @Nullable DisclosureProcess process;

  DisclosureStage(DrillRun run, LogStage domain) throws Exception {
    this.run = run;
    this.domain = domain;
    this.folder = Files.createDirectories(run.folder().resolve("d"));
    this.webhook = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    webhook.createContext(
        "/",
        exchange -> {
          try (exchange) {
            take(exchange.getRequestBody().readNBytes(BODY_BYTES_MAX));
            exchange.sendResponseHeaders(TAKEN, -1);
          }
        });
    webhook.start();
    site =
        SimpleFileServer.createFileServer(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            Files.createDirectories(folder.resolve("public")).toAbsolutePath(),
            SimpleFileServer.OutputLevel.NONE);
    site.start();
    try (AuthorityAdmin admin = new AuthorityAdmin(domain.folders().clientAdminSocket())) {
      InstallationClients.registerDisclosure(admin, domain.configuration(), domain.folders());
    }
    JsonObject contact =
        JsonObject.builder()
            .put("webhook", "http://127.0.0.1:" + webhook.getAddress().getPort() + "/notices")
            .put("signals", true)
            .put("post", List.of("Acme", "1 High Street"))
            .build();
    Files.writeString(
        folder.resolve("contacts.json"),
        JsonObject.builder().put(LogStage.TENANT, contact).build().toString());
  }

  private void take(byte[] body) throws IOException {
    try {
      JsonObject json = StrictJson.object(body, BODY_BYTES_MAX);
      received.put(
          json.string("id"),
          SignedDisclosure.parse(json.string("file").getBytes(StandardCharsets.UTF_8)));
    } catch (FormatException e) {
      throw new IOException("what came is no notice", e);
    }
  }

  /** Starts the process, on its files as they are. */
  void start(boolean secondPerson) throws IOException, ConfigurationException {
    stop();
    process =
        DisclosureProcess.start(
            new DisclosureConfiguration(
                domain.folders().policy(),
                "drill.example/disclosure",
                folder.resolve("own"),
                folder.resolve("public"),
                "drill.example/disclosure",
                new UnixSocketPath(socket()),
                List.of(),
                Optional.empty(),
                List.of(),
                domain.context().monitor().url(),
                InstallationClients.DISCLOSURE,
                SecretFile.at(domain.folders().privateKey(InstallationClients.DISCLOSURE)),
                secondPerson,
                Optional.of(folder.resolve("contacts.json")),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                Duration.ofHours(24)),
            run.clock(),
            run.random(),
            cause -> run.says("the disclosure process stops: " + cause));
  }

  private Path socket() {
    return folder.resolve("s");
  }

  /** Has the registrar state the process's keys. */
  String stateKeys() throws IOException, InterruptedException, FormatException {
    JsonObject request = did("key-request", JsonObject.builder().build());
    Answer signed =
        ThrowawayInstallation.tell(
            domain.folders().registrar().resolve("admin.sock"),
            Commands.stateDisclosureKey(request));
    if (!(signed instanceof Answer.Done done)) {
      throw new IOException("the registrar does not state the keys: " + signed);
    }
    DisclosureKey key =
        DisclosureKey.await(
            domain.policy(), done.result().number("index"), run.clock(), Await.PATIENCE);
    return did("take-key", key.toJson()).string("keys_end");
  }

  /** Withdraws the key that signs, and gives the process another; its log's key stays. */
  void replaceKey()
      throws IOException, InterruptedException, FormatException, ConfigurationException {
    String kid = did("status", JsonObject.builder().build()).string("kid");
    Answer withdrawn =
        ThrowawayInstallation.tell(
            domain.folders().registrar().resolve("admin.sock"), Commands.withdrawKey(kid));
    if (!(withdrawn instanceof Answer.Done)) {
      throw new IOException("the registrar does not withdraw the key: " + withdrawn);
    }
    stop();
    Path aside = Files.createDirectories(folder.resolve("withdrawn"));
    for (String file : List.of("statements.key", "statements.vkey", "stated-key.json")) {
      Files.move(folder.resolve("own").resolve(file), aside.resolve(file));
    }
    start(false);
    stateKeys();
  }

  Answer tell(String command, JsonObject arguments) throws IOException, InterruptedException {
    return ThrowawayInstallation.tell(socket(), new Request.Command(command, arguments));
  }

  JsonObject did(String command, JsonObject arguments) throws IOException, InterruptedException {
    Answer answer = tell(command, arguments);
    if (answer instanceof Answer.Done done) {
      return done.result();
    }
    throw new IOException(command + ": " + answer);
  }

  /** A custodian elsewhere, which follows the log from where it is published. */
  CustodianProcess custodian(Path data) throws IOException, ConfigurationException {
    DisclosureProcess running = Objects.requireNonNull(process);
    return CustodianProcess.start(
        new CustodianConfiguration(
            new HostPort("127.0.0.1", 0),
            Files.createDirectories(data),
            "custodian.example/drill",
            "counterfoil-custodian",
            Duration.ofMillis(200),
            Duration.ofSeconds(10),
            Duration.ofDays(1),
            List.of(),
            List.of(
                new CustodianConfiguration.Domain(
                    LogStage.DOMAIN,
                    domain.folders().policy(),
                    InstallationClients.MONITOR,
                    SecretFile.at(domain.folders().privateKey(InstallationClients.MONITOR)))),
            List.of(),
            List.of(
                new CustodianConfiguration.DisclosureLog(
                    running.logKey().toString(),
                    URI.create("http://127.0.0.1:" + site.getAddress().getPort() + "/tiles"),
                    LogStage.DOMAIN))),
        run.clock(),
        run.random(),
        cause -> run.says("the custodian stops: " + cause));
  }

  /** The process's holder publishes another history of the log, under the log's own key. */
  void rewrite(long size) throws IOException {
    stop();
    OwnKeys keys =
        OwnKeys.openOrMake(
            FileDisk.privateFolder(folder.resolve("own")),
            domain.policy(),
            "drill.example/disclosure");
    Path forged = folder.resolve("forged");
    try (EntryLog log =
            EntryLog.open(
                FileDisk.privateFolder(forged.resolve("journal")),
                FileDisk.publicFolder(forged.resolve("log")),
                JournalOptions.STATEMENTS,
                keys.notes(),
                _ -> List.of(),
                run.random());
        LogReader reader = new LogReader(FileDisk.toRead(forged.resolve("log")));
        StaticCopy copy = new StaticCopy(reader, log.key(), forged.resolve("tiles"))) {
      for (long entry = 0; entry <= size; entry++) {
        log.append(List.of(("rewritten " + entry).getBytes(StandardCharsets.UTF_8)));
      }
      log.publish();
      copy.publish();
    }
    Files.move(published("tiles"), folder.resolve("true"));
    Files.move(forged.resolve("tiles"), published("tiles"));
  }

  /** What the tenant got, by check code. */
  Map<String, SignedDisclosure> received() {
    return Map.copyOf(received);
  }

  /** A published file. */
  Path published(String name) {
    return folder.resolve("public").resolve(name);
  }

  private void stop() throws IOException {
    DisclosureProcess running = process;
    if (running != null) {
      process = null;
      running.close();
    }
  }

  @Override
  public void close() throws IOException {
    stop();
    webhook.stop(0);
    site.stop(0);
  }
}
