package dev.counterfoil.benchmarks.detection;

import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.benchmarks.run.RunReport;
import dev.counterfoil.drills.domain.IssuerClient;
import dev.counterfoil.drills.domain.IssuerClient.Credentials;
import dev.counterfoil.drills.domain.MonitorDesk;
import dev.counterfoil.drills.domain.PollingReceiver;
import dev.counterfoil.drills.domain.SeenFinding;
import dev.counterfoil.drills.domain.ThrowawayInstallation;
import dev.counterfoil.drills.log.StolenKeySigner;
import dev.counterfoil.drills.log.StolenPrivateKeys;
import dev.counterfoil.drills.run.DrillFolder;
import dev.counterfoil.drills.run.FreePorts;
import dev.counterfoil.drills.theft.Forger;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.token.CompactToken;
import dev.counterfoil.format.word.Sighting;
import dev.counterfoil.installation.Installation;
import dev.counterfoil.installation.Programs;
import dev.counterfoil.installation.layout.DataFolder;
import dev.counterfoil.installation.layout.InstallationConfiguration;
import dev.counterfoil.verifier.RefusalCode;
import dev.counterfoil.verifier.reporting.SightingReporter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/**
 * How long after a forged token was sighted its finding is there, while services report honest
 * ones; and how long an event takes to a receiver. Every process is real, and so is the theft: the
 * signer has the drills' broken custody.
 */
final class FindingTimes implements AutoCloseable {
  private static final String DOMAIN = "bench";
  private static final String TENANT = "acme";
  private static final String API = "api";
  private static final int TOKENS = 500;
  private static final int REPORTERS = 4;
  private static final int STREAMS = 8;
  private static final int EVENTS_OF_STREAM = 10;
  private static final int PUSHED_TO_STREAM = 5_000;
  private static final int WARM_UP_SECONDS = 15;
  private static final Duration FORGED_EVERY = Duration.ofMillis(200);

  private final DrillFolder folder;
  private final Installation installation;
  private final MonitorDesk desk;
  private final IssuerClient issuer;
  private final Forger thief;
  private final List<SightingReporter> reporters = new ArrayList<>();
  private final List<String> tokens = new ArrayList<>();
  private int made;

  FindingTimes() throws Exception {
    // Sockets lie below it, so it is short.
    folder = DrillFolder.make(Path.of("/tmp"), new SecureRandom());
    List<Integer> ports = FreePorts.find(2);
    InstallationConfiguration configuration =
        new InstallationConfiguration(
            List.of(domain(ports.getFirst())), ThrowawayInstallation.listen(ports.get(1)));
    installation =
        Installation.start(
            new DataFolder(folder.path().resolve("data")),
            configuration,
            Programs.ofThisProcess()
                .withSigner(
                    DOMAIN, List.of(StolenKeySigner.class.getName(), folder.path().toString())),
            InstantSource.system(),
            text -> {});
    desk = new MonitorDesk(installation.folder(), configuration);
    issuer = new IssuerClient(ThrowawayInstallation.issuer(ports.getFirst()));
    thief = new Forger(StolenPrivateKeys.stolen(folder.path()));
    Credentials client = client("robot", API, "read");
    for (int i = 0; i < TOKENS; i++) {
      tokens.add(issuer.token(client, "read"));
    }
    Credentials service = client("service", "counterfoil-monitor", "counterfoil:sightings");
    String reports = issuer.token(service, "counterfoil:sightings");
    for (int i = 0; i < REPORTERS; i++) {
      reporters.add(
          new SightingReporter(
              URI.create("http://127.0.0.1:" + ports.get(1)),
              "service-" + i,
              _ -> reports,
              HttpClient.newHttpClient(),
              InstantSource.system()));
    }
  }

  private static InstallationConfiguration.Domain domain(int port) {
    return new InstallationConfiguration.Domain(
            DOMAIN,
            ThrowawayInstallation.issuer(port),
            ThrowawayInstallation.listen(port),
            List.of(TENANT),
            List.of("*"),
            Duration.ofHours(1),
            Duration.ofHours(24),
            Map.of(),
            List.of())
        .withPurposes(PollingReceiver.purposes(API));
  }

  private Credentials client(String name, String audience, String scope) throws Exception {
    return Credentials.register(
        installation,
        DOMAIN,
        ClientRegistration.withSecret(name, TENANT, List.of(audience), List.of(scope)));
  }

  /** Has services report at each rate, forged ones among the honest. */
  void measure(List<Integer> rates, int seconds, RunReport report) throws Exception {
    RunReport.Table table =
        report.table(
            "sightings/s wanted",
            "reported/s",
            "forged",
            "found",
            "p50 ms",
            "p99 ms",
            "max ms",
            "false alarms");
    // The first is for the compilers of all processes.
    var _ = run(rates.getFirst(), WARM_UP_SECONDS);
    for (int rate : rates) {
      Run run = run(rate, seconds);
      Map<Hash, SeenFinding> found = desk.await(run.forged.keySet(), Duration.ofSeconds(60));
      long[] millis =
          found.entrySet().stream()
              .mapToLong(
                  one ->
                      Duration.between(run.forged.get(one.getKey()), one.getValue().raisedAt())
                          .toMillis())
              .sorted()
              .toArray();
      table.row(
          rate,
          run.reported / (double) seconds,
          run.forged.size(),
          found.size(),
          at(millis, 0.5),
          at(millis, 0.99),
          at(millis, 1),
          falseAlarms());
      if (found.size() < run.forged.size()) {
        report.isVoid("forged tokens were not found");
      }
    }
    report.note(
        "%d services report sightings of %d live tokens, each at another place; every %d ms one of a forged token that was"
            + " refused, with the token. From the report to the instant of the finding",
        REPORTERS, TOKENS, FORGED_EVERY.toMillis());
  }

  private record Run(Map<Hash, Instant> forged, long reported) {}

  private Run run(int rate, int seconds) throws Exception {
    Map<Hash, Instant> forged = new HashMap<>();
    long begun = System.nanoTime();
    long end = begun + seconds * 1_000_000_000L;
    long reported = 0;
    long lostBefore = lost();
    long nextForged = begun;
    for (long now = begun; now < end; now = System.nanoTime()) {
      long due = (now - begun) * rate / 1_000_000_000L;
      for (; reported < due; reported++) {
        reporters.get((int) (reported % REPORTERS)).report(honest(reported));
      }
      if (now >= nextForged) {
        nextForged += FORGED_EVERY.toNanos();
        int number = made++;
        String token =
            thief.copyOf(
                tokens.get(number % TOKENS), claims -> claims.put("scope", "read " + number));
        forged.put(CompactToken.parse(token).digest(), Instant.now());
        reporters
            .get(number % REPORTERS)
            .report(
                ShownToken.sighting(
                    token,
                    Instant.now(),
                    RefusalCode.NEVER_ISSUED.text(),
                    Sighting.Use.at(API),
                    token));
      }
      LockSupport.parkNanos(2_000_000);
    }
    return new Run(forged, reported - lost() + lostBefore);
  }

  private long lost() {
    return reporters.stream().mapToLong(SightingReporter::lost).sum();
  }

  private Sighting honest(long number) throws Exception {
    return ShownToken.sighting(
        tokens.get((int) (number % TOKENS)),
        Instant.now(),
        Sighting.ACCEPTED,
        new Sighting.Use(API, "item/" + number, "read", "192.0.2.1"),
        null);
  }

  /** Findings of tokens that are not the thief's: each of those differs in its scope. */
  private long falseAlarms() throws IOException, FormatException {
    Set<Hash> honest = new HashSet<>();
    for (String token : tokens) {
      honest.add(CompactToken.parse(token).digest());
    }
    return desk.about(honest).size();
  }

  /** How many events a second are pushed. */
  void eventRate(RunReport report) throws Exception {
    try (SignalRate rate =
        new SignalRate(
            folder.path(),
            issuer.issuer(),
            installation.folder().domain(DOMAIN).path().resolve("signer/service.sock"))) {
      rate.measure(STREAMS, PUSHED_TO_STREAM, report);
    }
  }

  /** Has events sent to receivers that poll. */
  void events(RunReport report) throws Exception {
    List<Thread> threads = new ArrayList<>();
    List<Long> millis = Collections.synchronizedList(new ArrayList<>());
    List<PollingReceiver> receivers = new ArrayList<>();
    try {
      for (int i = 0; i < STREAMS; i++) {
        receivers.add(
            PollingReceiver.subscribe(
                issuer.issuer(),
                client("receiver-" + i, issuer.issuer().toString(), PollingReceiver.SCOPE),
                InstantSource.system()));
      }
      for (PollingReceiver receiver : receivers) {
        threads.add(
            Thread.ofVirtual()
                .start(
                    () -> {
                      try {
                        for (int i = 0; i < EVENTS_OF_STREAM; i++) {
                          receiver.verify("v" + i).ifPresent(took -> millis.add(took.toMillis()));
                          // A verification may be asked for once a second.
                          Thread.sleep(1_100);
                        }
                      } catch (IOException e) {
                        throw new UncheckedIOException(e);
                      } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                      }
                    }));
      }
      for (Thread thread : threads) {
        thread.join();
      }
    } finally {
      receivers.forEach(PollingReceiver::close);
    }
    long[] sorted = millis.stream().mapToLong(Long::longValue).sorted().toArray();
    if (sorted.length < STREAMS * EVENTS_OF_STREAM) {
      report.isVoid("events did not come");
    }
    report
        .table("events", "streams", "p50 ms", "p99 ms", "max ms")
        .row(sorted.length, STREAMS, at(sorted, 0.5), at(sorted, 0.99), at(sorted, 1));
    report.note(
        "From the request for a verification event until a receiver that polls has verified it: outbox, record, signature"
            + " and delivery are those of every event");
  }

  private static long at(long[] sorted, double share) {
    return sorted.length == 0 ? -1 : sorted[(int) Math.ceil(share * sorted.length) - 1];
  }

  @Override
  public void close() throws IOException {
    reporters.forEach(SightingReporter::close);
    issuer.close();
    desk.close();
    installation.close();
    folder.close();
  }
}
