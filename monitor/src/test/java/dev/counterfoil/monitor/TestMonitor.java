package dev.counterfoil.monitor;

import dev.counterfoil.format.Hash;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.Sighting;
import dev.counterfoil.verifier.SettableClock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The monitor's parts on one thread and a clock that the test moves. */
final class TestMonitor implements AutoCloseable {
  static final Duration SETTLE = Duration.ofSeconds(1);
  static final Duration WITHIN = Duration.ofSeconds(10);

  final SettableClock clock;
  final Path folder;
  final Database database;
  final NameTable names;
  final FindingStore findings;
  final SightingStore sightings;
  final KnownKeys knownKeys;
  final Map<String, FollowedDomain> domains = new LinkedHashMap<>();
  final List<CustodyLog> custodyLogs = new ArrayList<>();
  final List<Judgement> judged = new ArrayList<>();
  final Matching matching;
  private long sequence = 1;

  TestMonitor(SettableClock clock, Path folder, RecordedIssuer... issuers) throws IOException {
    this.clock = clock;
    this.folder = Files.createDirectories(folder);
    database = Database.open(folder.resolve("monitor.db"));
    names = new NameTable(folder.resolve("names"));
    findings = new FindingStore(database.jdbi(), clock, kind -> {});
    sightings = new SightingStore(database.jdbi(), findings);
    knownKeys = new KnownKeys(database.jdbi());
    for (RecordedIssuer source : issuers) {
      String name = source.issuer.policy().domain();
      domains.put(
          name,
          new FollowedDomain(
              name,
              source.issuer.policy(),
              source,
              knownKeys,
              findings,
              log -> {
                CustodyLog held =
                    new CustodyLog(
                        folder.resolve("custody").resolve(name).resolve(log.name()),
                        log.name(),
                        names);
                custodyLogs.add(held);
                return new LogFollower(
                    name,
                    log,
                    source,
                    held,
                    new LogHeads(database.jdbi()),
                    findings,
                    (of, from, to) ->
                        new LateRecords(findings).explain(name, of.name(), from, to, held),
                    clock,
                    100,
                    WITHIN);
              },
              clock));
    }
    Judge judge = new Judge(domains.values(), knownKeys, SETTLE, Duration.ofSeconds(10));
    matching = new Matching(sightings, judge, clock, judged::add);
  }

  /** Follows every log to its end. */
  void follow() throws IOException {
    for (FollowedDomain domain : domains.values()) {
      for (int i = 0; i < 2000 && domain.step() == LogFollower.Progress.BEHIND; i++) {
        // The next batch.
      }
    }
  }

  /** Reports sightings as one batch. */
  void report(Sighting... seen) {
    report(List.of(seen));
  }

  void report(List<Sighting> seen) {
    long number = sequence++;
    Hash digest = Hash.sha256(("batch " + number).getBytes(StandardCharsets.UTF_8));
    sightings.record(
        "acme/mail", new SightingBatch("mail", number, 0, seen, digest), clock.instant());
  }

  /** Lets the settle time pass, follows, and matches; tells how many sightings stay open. */
  int settle() throws IOException {
    follow();
    matching.step();
    clock.advance(SETTLE);
    follow();
    return matching.step();
  }

  List<JsonObject> findings() {
    return findings.list(FindingStore.Query.all()).stream().map(FindingStore.Kept::json).toList();
  }

  LogFollower follower(String domain, String log) {
    FollowedDomain followed = domains.get(domain);
    LogFollower follower = followed == null ? null : followed.followers().get(log);
    if (follower == null) {
      throw new IllegalStateException("log " + log + " is not followed");
    }
    return follower;
  }

  @Override
  public void close() throws IOException {
    for (CustodyLog log : custodyLogs) {
      log.close();
    }
    names.close();
    database.close();
  }
}
