package dev.counterfoil.drills.domain;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.configuration.HostPort;
import dev.counterfoil.drills.domain.IssuerClient.Credentials;
import dev.counterfoil.drills.run.DrillFolder;
import dev.counterfoil.drills.run.FreePorts;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.installation.ChildProcess;
import dev.counterfoil.installation.Installation;
import dev.counterfoil.installation.Programs;
import dev.counterfoil.installation.layout.DataFolder;
import dev.counterfoil.installation.layout.DataFolder.DomainFolder;
import dev.counterfoil.installation.layout.InstallationConfiguration;
import dev.counterfoil.installation.layout.InstallationConfiguration.Domain;
import dev.counterfoil.verifier.Expectations;
import dev.counterfoil.verifier.KeySetSource;
import dev.counterfoil.verifier.RequestContext;
import dev.counterfoil.verifier.Verified;
import dev.counterfoil.verifier.Verifier;
import dev.counterfoil.verifier.VerifierLimits;
import dev.counterfoil.verifier.reading.HttpReadSide;
import dev.counterfoil.verifier.reporting.SightingSink;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A domain with a warm spare: real processes, killed under load. */
@Tag("turn-1")
@Timeout(600)
class SpareSignerTest {
  private static final String DOMAIN = "main";
  private static final String AUDIENCE = "mail";
  private static final int CLIENTS = 4;
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  /** What a token of a signer that was killed costs the client that has it. */
  private static final Duration TIP_WAIT = Duration.ofSeconds(3);

  private final InstantSource clock = InstantSource.system();
  private final List<String> failures = new ArrayList<>();
  private final Set<String> logs = ConcurrentHashMap.newKeySet();
  private final AtomicInteger letIn = new AtomicInteger();
  private final Queue<String> refused = new ConcurrentLinkedQueue<>();
  private Path parent;
  private Installation installation;
  private DomainFolder of;
  private TrustPolicy policy;
  private Verifier verifier;

  /** A service that receives every leaf of every signer's log. */
  private Verifier streaming;

  private IssuerClient issuer;
  private Credentials client;
  private volatile boolean ending;

  @BeforeEach
  void start() throws Exception {
    parent = Files.createTempDirectory(Path.of("/tmp"), "cf-");
    DataFolder data = new DataFolder(parent.resolve("data"));
    installation =
        Installation.start(data, configuration(), Programs.ofThisProcess(), clock, text -> {});
    installation.startSpares();
    of = data.domain(DOMAIN);
    policy = TrustPolicy.parse(Files.readAllBytes(of.policy()));
    issuer = new IssuerClient(URI.create(policy.issuer()));
    client =
        Credentials.register(
            installation,
            DOMAIN,
            ClientRegistration.withSecret("app", "acme", List.of(AUDIENCE), List.of("r")));
    VerifierLimits limits = VerifierLimits.defaults().withWaits(TIMEOUT, TIP_WAIT);
    verifier =
        Verifier.builder(policy).sightings(SightingSink.none()).limits(limits).clock(clock).build();
    streaming = Verifier.builder(policy).limits(limits).clock(clock).stream().build();
    while (!verifier.isReady() || !streaming.isReady()) {
      Thread.sleep(20);
    }
  }

  private static InstallationConfiguration configuration() throws IOException {
    List<Integer> ports = FreePorts.find(2);
    int port = ports.getFirst();
    return new InstallationConfiguration(
        List.of(
            new Domain(
                    DOMAIN,
                    URI.create("http://127.0.0.1:" + port),
                    new HostPort("127.0.0.1", port),
                    List.of("acme"),
                    List.of(AUDIENCE),
                    Duration.ofMinutes(5),
                    Duration.ofHours(1),
                    Optional.empty(),
                    // What a spare's first key waits for.
                    Optional.of(Duration.ofSeconds(1)),
                    true,
                    List.of(),
                    Map.of(),
                    List.of(),
                    Optional.empty(),
                    0,
                    Optional.empty(),
                    Optional.empty(),
                    List.of(),
                    List.of(),
                    List.of(),
                    Optional.empty())
                .withSpareSigners(1)),
        new HostPort("127.0.0.1", ports.getLast()));
  }

  @AfterEach
  void stop() throws Exception {
    ending = true;
    if (verifier != null) {
      verifier.close();
      streaming.close();
      issuer.close();
    }
    if (installation != null) {
      installation.close();
    }
    DrillFolder.deleteTree(parent);
  }

  private ChildProcess process(String name) {
    return installation.processes().stream()
        .filter(process -> process.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private KeySet keys() throws Exception {
    return KeySetSource.read(policy, HttpReadSide.create(TIMEOUT), clock.instant());
  }

  /** Waits until a log has a key that signs. */
  private String awaitKeyOf(String prefix, String notOf) throws Exception {
    while (true) {
      Optional<String> log =
          keys().keys().stream()
              .filter(key -> !clock.instant().isBefore(key.activeFrom()))
              .flatMap(key -> key.log().stream())
              .filter(name -> name.startsWith(prefix) && !name.equals(notOf))
              .findFirst();
      if (log.isPresent()) {
        return log.get();
      }
      Thread.sleep(50);
    }
  }

  /** Waits until a signer would issue tokens into a log. */
  private void awaitIssuing(String signer, String log) throws Exception {
    String issues = "{\"name\":\"%s\",\"connected\":true,\"log\":\"%s\"}".formatted(signer, log);
    while (!issuer.health().contains(issues)) {
      Thread.sleep(50);
    }
  }

  /**
   * Waits until services read all of a log's keys: the key log, of which they are made, has them.
   */
  private void awaitInKeySet(String log) throws Exception {
    List<String> kids =
        keys().keys().stream()
            .filter(key -> key.log().equals(Optional.of(log)))
            .map(KeyStatement::kid)
            .toList();
    assertThat(kids).isNotEmpty();
    while (!kids.stream().allMatch(issuer.text("/jwks")::contains)) {
      Thread.sleep(50);
    }
  }

  private static String payload(String token) {
    return new String(
        Base64.getUrlDecoder().decode(token.split("\\.", -1)[1]), StandardCharsets.UTF_8);
  }

  private boolean isGood(String token) {
    return Stream.of(verifier, streaming)
        .allMatch(
            service ->
                service.verify(
                        token,
                        Expectations.audience(AUDIENCE)
                            .accessToken()
                            .tenant("acme")
                            .bearerAllowed(),
                        RequestContext.of("GET", URI.create("https://mail.example/"), "192.0.2.7"))
                    instanceof Verified);
  }

  /** Asks for tokens, and shows each to both services. */
  private void load() {
    while (!ending) {
      try {
        String token = issuer.token(client, "r");
        logs.add(payload(token).replaceFirst(".*\"jti\":\"([a-z0-9]+)\\..*", "$1"));
        if (isGood(token)) {
          letIn.incrementAndGet();
        } else {
          refused.add(token);
        }
      } catch (IOException e) {
        synchronized (failures) {
          failures.add(String.valueOf(e.getMessage()));
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  /** Waits until so many more tokens were let in. */
  private void awaitMore(int count) throws InterruptedException {
    int before = letIn.get();
    while (letIn.get() < before + count) {
      Thread.sleep(10);
    }
  }

  private synchronized List<String> failures() {
    synchronized (failures) {
      return List.copyOf(failures);
    }
  }

  @Test
  void aSpareTakesOverWithoutAGapAndAnotherOneJoins() throws Exception {
    String spare = awaitKeyOf("s2", "");
    awaitKeyOf("s1", "");
    awaitIssuing("s1", "s1g1");
    awaitIssuing("s2", spare);
    assertThat(priority("signer-main.s2"))
        .as("what issues after a takeover has the processor as the first had")
        .isEqualTo(priority("signer-main"));
    awaitInKeySet(spare);
    for (int i = 0; i < CLIENTS; i++) {
      Thread.ofVirtual().start(this::load);
    }
    awaitMore(100);
    assertThat(logs).as("the first issues while it can").containsExactly("s1g1");

    // Dead for as long as a hundred tokens take.
    process("signer-main").crash(() -> interruptibly(() -> awaitMore(100)));
    assertThat(logs).contains(spare);
    awaitIssuing("s1", "s1g1");

    // The spare dies with all that it had; another one joins, of the same name and with a new log.
    process("signer-main.s2").crash(() -> DrillFolder.deleteTree(of.signer("s2").resolve("g1")));
    String next = awaitKeyOf("s2", spare);
    awaitIssuing("s2", next);
    awaitInKeySet(next);
    process("signer-main").crash(() -> interruptibly(() -> awaitMore(100)));
    assertThat(logs).contains("s1g1", spare, next);

    assertThat(failures()).as("requests that got no token").isEmpty();
    awaitFollowed(Set.of("s1g1", next));
    // The last tokens before a kill stand in no checkpoint yet: they are good once the log goes on.
    awaitIssuing("s1", "s1g1");
    awaitMore(1);
    ending = true;
    List<String> ofLost = refused.stream().filter(token -> isOf(spare, token)).toList();
    assertThat(ofLost).as("one of each client's at most").hasSizeLessThanOrEqualTo(CLIENTS);
    for (String token : refused) {
      if (!isOf(spare, token)) {
        awaitGood(token);
      }
    }
  }

  /** A new log is followed from when its key is stated. */
  private void awaitFollowed(Set<String> names) throws InterruptedException {
    while (streaming.streams().stream()
            .filter(stream -> names.contains(stream.log()) && stream.leaves() > 0)
            .count()
        < names.size()) {
      Thread.sleep(50);
    }
  }

  private static boolean isOf(String log, String token) {
    return payload(token).contains("\"" + log + ".");
  }

  private void awaitGood(String token) throws InterruptedException {
    while (!isGood(token)) {
      Thread.sleep(50);
    }
  }

  /** Field 19 of proc_pid_stat(5), counted from after the name in parentheses. */
  private int priority(String name) throws IOException {
    long pid = requireNonNull(process(name).process()).pid();
    String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
    return Integer.parseInt(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[16]);
  }

  private interface Interruptible {
    void run() throws InterruptedException;
  }

  private static void interruptibly(Interruptible action) throws IOException {
    try {
      action.run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
