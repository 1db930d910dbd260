package dev.counterfoil.drills.upgrade;

import dev.counterfoil.drills.QuietLogger;
import dev.counterfoil.drills.domain.IssuerClient;
import dev.counterfoil.drills.domain.IssuerClient.Credentials;
import dev.counterfoil.drills.domain.ThrowawayInstallation;
import dev.counterfoil.drills.log.LogStage;
import dev.counterfoil.drills.log.SteadyTraffic;
import dev.counterfoil.drills.log.SteadyTraffic.Acknowledged;
import dev.counterfoil.drills.run.Await;
import dev.counterfoil.drills.run.DrillRun;
import dev.counterfoil.drills.run.FreePorts;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.installation.layout.DataFolder;
import dev.counterfoil.installation.layout.DataFolder.DomainFolder;
import dev.counterfoil.installation.layout.DemoService;
import dev.counterfoil.verifier.RefusalCode;
import dev.counterfoil.verifier.Verifier;
import dev.counterfoil.verifier.VerifierLimits;
import dev.counterfoil.verifier.reporting.ReportingClient;
import dev.counterfoil.verifier.reporting.SightingReporter;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * A folder on which one distribution after the other runs, clients that never rest, and a service
 * that runs throughout.
 */
final class UpgradeStage {
  private static final String SCOPE = "read";

  /** Each token is verified, too: this is to be a small part of what two processors do. */
  private static final Duration PAUSE = Duration.ofMillis(100);

  private static final Duration TIP_WAIT = Duration.ofSeconds(5);

  private final DrillRun run;
  private final DataFolder data;
  private final DomainFolder domain;
  private final Path configuration;
  private final IssuerClient issuer;
  private final Credentials client;
  private final SteadyTraffic traffic;
  private final SightingReporter reporter;
  private final Verifier service;
  private final SequencedMap<String, List<Path>> checkpoints = new TreeMap<>();
  private final Set<String> alarms = new TreeSet<>();
  private UnpackedDistribution present;
  private RunningUp up;

  /** Starts a distribution in a fresh folder, then clients and a service. */
  UpgradeStage(DrillRun run, UnpackedDistribution first) throws Exception {
    this.run = run;
    data = new DataFolder(run.folder().resolve("data"));
    domain = data.domain(LogStage.DOMAIN);
    List<Integer> ports = FreePorts.find(2);
    URI address = ThrowawayInstallation.issuer(ports.getFirst());
    URI monitor = ThrowawayInstallation.issuer(ports.getLast());
    // Nothing but what every version knows.
    configuration =
        Files.writeString(
            run.folder().resolve("counterfoil.yaml"),
            """
            monitor-listen: "%s"
            domains:
              - name: %s
                issuer: "%s"
                listen: "%s"
                tenants: [%s]
                audiences: [%s]
            """
                .formatted(
                    monitor.getAuthority(),
                    LogStage.DOMAIN,
                    address,
                    address.getAuthority(),
                    LogStage.TENANT,
                    LogStage.AUDIENCE));
    issuer = run.open(new IssuerClient(address));
    present = first;
    up = start(first);
    client = new Credentials("demo", Files.readString(domain.secret("demo")).strip());
    traffic = run.open(SteadyTraffic.start(issuer, client, SCOPE, PAUSE));
    // While nothing runs, a service says so at every try.
    run.open(QuietLogger.of("dev.counterfoil.verifier"));
    reporter =
        run.open(
            SightingReporter.start(
                new ReportingClient(
                    monitor,
                    "counterfoil-monitor",
                    LogStage.AUDIENCE,
                    DemoService.NAME,
                    domain.privateKey(DemoService.NAME)),
                address.toString(),
                run.clock(),
                run.random()));
    service =
        run.open(
            Verifier.builder(policy())
                .sightings(reporter)
                .limits(VerifierLimits.defaults().withWaits(Await.PATIENCE, TIP_WAIT))
                .clock(run.clock())
                .build());
    Await.require("a service that is ready", service::isReady);
  }

  private TrustPolicy policy() throws IOException {
    try {
      return TrustPolicy.parse(Files.readAllBytes(domain.policy()));
    } catch (FormatException e) {
      throw new IOException(domain.policy() + " is not a policy", e);
    }
  }

  private RunningUp start(UnpackedDistribution distribution)
      throws IOException, InterruptedException {
    Path printed = Files.createTempFile(run.folder(), "up-", ".json");
    RunningUp started =
        run.open(
            distribution.up(
                configuration,
                data.path(),
                printed,
                run.folder().resolve(printed.getFileName() + ".log")));
    started.awaitServing();
    // A spare that is still on its way would be stopped half made.
    Await.require("signers that can issue", this::areSignersConnected);
    return started;
  }

  private boolean areSignersConnected() throws InterruptedException {
    String health = issuer.health();
    return health.contains("\"connected\":true") && !health.contains("\"connected\":false");
  }

  /**
   * Stops what runs, and starts another distribution on the same folder.
   *
   * @return how many tokens had been issued by then
   */
  int change(UnpackedDistribution next) throws IOException, InterruptedException {
    up.close();
    int before = traffic.acknowledged().size();
    present = next;
    up = start(next);
    return before;
  }

  SteadyTraffic traffic() {
    return traffic;
  }

  /** Takes a token back at the distribution that runs. */
  void revoke(Acknowledged token) throws IOException, InterruptedException {
    issuer.revoke(client, token.token());
  }

  /** Why the service that runs throughout refuses those of some tokens that it refuses. */
  List<RefusalCode> refusals(Collection<Acknowledged> tokens) {
    return LogStage.refusals(service, List.copyOf(tokens));
  }

  /** What the distribution that runs says of a token by its own command: {@code ok}, or why not. */
  String verdict(Acknowledged token) throws IOException, InterruptedException {
    JsonObject said =
        present
            .run(
                token.token(),
                "verify",
                "--json",
                "--data",
                data.path().toString(),
                "--audience",
                LogStage.AUDIENCE,
                "-")
            .json();
    try {
      return said.truth("verified") ? "ok" : said.string("code");
    } catch (FormatException e) {
      throw new IOException("the verdict on a token is not understood", e);
    }
  }

  /** Keeps what each log publishes now, and the critical findings so far. */
  void keep() throws IOException, InterruptedException {
    Path kept = Files.createTempDirectory(run.folder(), "kept-");
    for (Path log : logs()) {
      String name = log.getFileName().toString();
      checkpoints
          .computeIfAbsent(name, _ -> new ArrayList<>())
          .add(Files.copy(log.resolve("checkpoint"), kept.resolve(name)));
    }
    readFindings();
  }

  /** Says which logs do not extend what they published before, by a distribution's command. */
  List<String> changedLogs(UnpackedDistribution checker) throws IOException, InterruptedException {
    List<String> changed = new ArrayList<>();
    for (var log : checkpoints.entrySet()) {
      List<String> words = new ArrayList<>(List.of("log", "check", "--json"));
      words.addAll(List.of("--data", data.path().toString()));
      log.getValue().forEach(file -> words.addAll(List.of("--checkpoint", file.toString())));
      words.add(domain.log().resolve(log.getKey()).toString());
      UnpackedDistribution.Said said = checker.run("", words.toArray(String[]::new));
      if (said.code() != 0) {
        changed.add(log.getKey() + ": " + said.out().strip());
      }
    }
    return changed;
  }

  /** The logs of which something was kept. */
  Set<String> logNames() {
    return checkpoints.keySet();
  }

  private List<Path> logs() throws IOException {
    try (Stream<Path> logs = Files.list(domain.log())) {
      return logs.filter(log -> Files.exists(log.resolve("checkpoint"))).sorted().toList();
    }
  }

  /**
   * Ends the service, so that its last sightings arrive.
   *
   * @return how many did not
   */
  long endService() {
    service.close();
    reporter.close();
    return reporter.lost();
  }

  /** Critical findings of any phase, each as a sentence. */
  Set<String> alarms() throws IOException, InterruptedException {
    readFindings();
    return alarms;
  }

  private void readFindings() throws IOException, InterruptedException {
    JsonObject said =
        present.run("", "findings", "--json", "--data", data.path().toString()).json();
    try {
      for (JsonObject finding : said.objects("findings")) {
        if (finding.string("severity").equals("critical")) {
          alarms.add(finding.string("kind") + ": " + finding.string("summary"));
        }
      }
    } catch (FormatException e) {
      throw new IOException("the findings are not understood", e);
    }
  }
}
