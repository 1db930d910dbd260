package dev.counterfoil.monitor;

import dev.counterfoil.configuration.UnixSocketPath;
import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.KeySet.StatedLog;
import dev.counterfoil.format.TrustPolicy;
import dev.counterfoil.verifier.PrivateKeyJwtTokenSource;
import io.helidon.webserver.WebServer;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * The monitor, put together: one thread follows each domain, one matches sightings, virtual threads
 * serve HTTP. Constructed in order, closed in reverse.
 */
public final class Monitor implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Monitor.class.getName());
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);
  private static final Duration PAUSE_WHILE_MATCHING = Duration.ofMillis(50);
  private static final Duration PAUSE_WHEN_STUCK = Duration.ofSeconds(1);
  private static final Duration PAUSE_WITHOUT_SIGHTINGS = Duration.ofSeconds(1);
  private static final Duration HOUSEKEEPING_EVERY = Duration.ofHours(1);
  private static final Duration VIEW_AGE_MAX = Duration.ofSeconds(10);

  private final MonitorConfiguration configuration;
  private final InstantSource clock;
  private final Consumer<Throwable> unknownState;
  private final FileChannel lockFile;
  private final Database database;
  private final NameTable names;
  private final Meters meters = new Meters();
  private final FindingStore findings;
  private final SightingStore sightings;
  private final LogHeads heads;
  private final HttpClient http;
  private final List<FollowedDomain> domains = new ArrayList<>();
  private final List<CustodyLog> custodyLogs = new CopyOnWriteArrayList<>();
  private final VerifiedBearer bearer;
  private final Matching matching;
  private final Bell sightingsCame = new Bell();
  private final List<Bell> followNow = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private final AdminSocket admin;
  private final WebServer web;
  private volatile int waiting;
  private volatile boolean closing;

  /**
   * Starts a monitor.
   *
   * @param unknownState told when the state of disk or database is unknown: the process must end,
   *     and a start recovers
   * @throws IOException when it cannot start; the message says why
   */
  public static Monitor start(
      MonitorConfiguration configuration,
      InstantSource clock,
      SecureRandom random,
      Consumer<Throwable> unknownState)
      throws IOException {
    return new Monitor(configuration, clock, random, unknownState);
  }

  private Monitor(
      MonitorConfiguration configuration,
      InstantSource clock,
      SecureRandom random,
      Consumer<Throwable> unknownState)
      throws IOException {
    this.configuration = configuration;
    this.clock = clock;
    this.unknownState = unknownState;
    Path data = ownerOnly(configuration.data());
    lockFile = lock(data.resolve("lock"));
    database = Database.open(data.resolve("monitor.db"));
    Path custody = ownerOnly(data.resolve("custody"));
    names = new NameTable(custody.resolve("names"));
    findings = new FindingStore(database.jdbi(), clock, meters::raised);
    sightings = new SightingStore(database.jdbi(), findings);
    heads = new LogHeads(database.jdbi());
    KnownKeys knownKeys = new KnownKeys(database.jdbi());
    http = HttpClient.newBuilder().connectTimeout(CONNECT_TIMEOUT).build();
    List<TrustPolicy> policies = new ArrayList<>();
    for (MonitorConfiguration.Domain domain : configuration.domains()) {
      TrustPolicy policy = policy(domain);
      policies.add(policy);
      domains.add(follow(domain, policy, custody, knownKeys, random));
    }
    bearer = new VerifiedBearer(policies, configuration.audience());
    Judge judge =
        new Judge(domains, knownKeys, configuration.settle(), configuration.revocationWithin());
    matching = new Matching(sightings, judge, clock, meters::judged);
    for (FollowedDomain domain : domains) {
      Bell bell = new Bell();
      followNow.add(bell);
      start("follow-" + domain.name(), () -> followForever(domain, bell));
    }
    start("match", this::matchForever);
    KeyReport report = new KeyReport(domains, names, sightings);
    UnixSocketPath socket = configuration.adminSocket();
    admin =
        AdminSocket.listen(
            socket.path(), System.getProperty("user.name"), findings, report, this::status);
    web =
        MonitorListener.start(
            configuration.listen(),
            new MonitorRoutes(
                bearer,
                sightings,
                findings,
                report,
                meters,
                clock,
                configuration.batchSize().asArrayLength(),
                this::isReady,
                this::wake));
  }

  private static Path ownerOnly(Path folder) throws IOException {
    return Files.createDirectories(
        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
  }

  private static FileChannel lock(Path file) throws IOException {
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (channel.tryLock() != null) {
        return channel;
      }
    } catch (OverlappingFileLockException e) {
      LOG.log(System.Logger.Level.DEBUG, "{0} is locked by this process", file);
    }
    channel.close();
    throw new IOException(file + " is locked: another monitor runs on this folder");
  }

  private static TrustPolicy policy(MonitorConfiguration.Domain domain) throws IOException {
    try {
      TrustPolicy policy = TrustPolicy.parse(Files.readAllBytes(domain.policy()));
      if (!policy.domain().equals(domain.name())) {
        throw new IOException(
            domain.policy()
                + " is the policy of domain "
                + policy.domain()
                + ", not of "
                + domain.name());
      }
      return policy;
    } catch (FormatException e) {
      throw new IOException(domain.policy() + ": " + e.getMessage(), e);
    }
  }

  private FollowedDomain follow(
      MonitorConfiguration.Domain domain,
      TrustPolicy policy,
      Path custody,
      KnownKeys knownKeys,
      SecureRandom random)
      throws IOException {
    PrivateKeyJwtTokenSource tokens =
        new PrivateKeyJwtTokenSource(
            policy.issuer(),
            domain.clientId(),
            domain.clientKey().path(),
            Map.of("scope", HttpIssuerSource.CUSTODY_SCOPE),
            http,
            clock,
            random);
    IssuerSource source = new HttpIssuerSource(http, policy.issuer(), tokens);
    Path folder = ownerOnly(custody.resolve(domain.name()));
    return new FollowedDomain(
        domain.name(),
        policy,
        source,
        knownKeys,
        findings,
        log -> follower(domain.name(), folder, source, log),
        clock);
  }

  private LogFollower follower(String domain, Path folder, IssuerSource source, StatedLog log)
      throws IOException {
    CustodyLog held = new CustodyLog(folder.resolve(log.name()), log.name(), names);
    custodyLogs.add(held);
    LogFollower follower =
        new LogFollower(
            domain,
            log,
            source,
            held,
            heads,
            findings,
            (of, from, to) -> new LateRecords(findings).explain(domain, of.name(), from, to, held),
            clock,
            configuration.batch(),
            configuration.counterfoilWithin());
    meters.follow(domain, follower);
    return follower;
  }

  /** One thread's work. */
  @FunctionalInterface
  private interface Work {
    void run() throws IOException, InterruptedException;
  }

  private void start(String name, Work work) {
    threads.add(
        Thread.ofPlatform()
            .daemon()
            .name(name)
            .start(
                () -> {
                  try {
                    work.run();
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  } catch (IOException | RuntimeException | Error e) {
                    if (!closing) {
                      LOG.log(System.Logger.Level.ERROR, name + " failed", e);
                      unknownState.accept(e);
                    }
                  }
                }));
  }

  private void followForever(FollowedDomain domain, Bell bell)
      throws IOException, InterruptedException {
    while (!closing) {
      switch (domain.step()) {
        case BEHIND -> {
          // On with the next batch.
        }
        case LEVEL -> bell.await(waiting > 0 ? PAUSE_WHILE_MATCHING : configuration.pollInterval());
        case STUCK -> bell.await(waiting > 0 ? PAUSE_WHILE_MATCHING : PAUSE_WHEN_STUCK);
      }
    }
  }

  private void matchForever() throws IOException, InterruptedException {
    Instant housekeepingAt = clock.instant();
    while (!closing) {
      waiting = matching.step();
      meters.open(waiting);
      Instant now = clock.instant();
      if (!now.isBefore(housekeepingAt)) {
        housekeepingAt = now.plus(HOUSEKEEPING_EVERY);
        sightings.forget(now.minus(configuration.keepSightings()));
        for (CustodyLog log : custodyLogs) {
          log.forget(now.minus(configuration.keepCounterfoils()).getEpochSecond());
        }
      }
      sightingsCame.await(waiting > 0 ? PAUSE_WHILE_MATCHING : PAUSE_WITHOUT_SIGHTINGS);
    }
  }

  private void wake() {
    sightingsCame.ring();
  }

  private boolean isReady() {
    Instant now = clock.instant();
    return bearer.isReady()
        && domains.stream()
            .allMatch(
                domain ->
                    domain.keySet().isPresent()
                        && domain.followers().values().stream()
                            .allMatch(follower -> isFresh(follower.view(), now)));
  }

  private static boolean isFresh(Optional<LogView> view, Instant now) {
    return view.isPresent() && view.get().asOf().plus(VIEW_AGE_MAX).isAfter(now);
  }

  private JsonObject status() {
    List<JsonObject> logs = new ArrayList<>();
    for (FollowedDomain domain : domains) {
      for (LogFollower follower : domain.followers().values()) {
        JsonObject.Builder log =
            JsonObject.builder()
                .put("domain", domain.name())
                .put("log", follower.log().name())
                .put("held", follower.custody().vouchedSize());
        follower
            .view()
            .ifPresent(
                view ->
                    log.put("checkpoint", view.checkpointSize())
                        .put("as_of_ms", view.asOf().toEpochMilli()));
        logs.add(log.build());
      }
    }
    return JsonObject.builder()
        .put("ready", isReady())
        .put("sightings_open", waiting)
        .put("logs", logs)
        .build();
  }

  /** The port that it listens on. */
  public int port() {
    return web.port();
  }

  @Override
  public void close() throws IOException {
    closing = true;
    web.stop();
    admin.close();
    followNow.forEach(Bell::ring);
    sightingsCame.ring();
    // Requests under way end at once. Threads are not interrupted: that would close their files.
    http.shutdownNow();
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    bearer.close();
    for (CustodyLog log : custodyLogs) {
      log.close();
    }
    names.close();
    database.close();
    lockFile.close();
  }
}
