package dev.counterfoil.monitor.judging;

import static java.util.Objects.requireNonNull;

import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.auditserver.issued.Issuances;
import dev.counterfoil.custodian.Access;
import dev.counterfoil.custodian.Custodian;
import dev.counterfoil.custodian.following.LogFollower;
import dev.counterfoil.custodian.following.TestCustody;
import dev.counterfoil.custodian.held.HeldToken;
import dev.counterfoil.custodian.issuer.Alarm;
import dev.counterfoil.custodian.issuer.RecordedIssuer;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.word.Sighting;
import dev.counterfoil.monitor.database.Database;
import dev.counterfoil.monitor.database.DatabaseBudget;
import dev.counterfoil.monitor.database.DatabaseFullException;
import dev.counterfoil.monitor.findings.CustodyFindings;
import dev.counterfoil.monitor.findings.Finding;
import dev.counterfoil.monitor.findings.FindingStore;
import dev.counterfoil.monitor.findings.TwoHistories;
import dev.counterfoil.monitor.issued.KeyReport;
import dev.counterfoil.monitor.watching.AcknowledgementStore;
import dev.counterfoil.monitor.watching.FollowedDomain;
import dev.counterfoil.monitor.watching.KeySetHistory;
import dev.counterfoil.monitor.watching.KnownKeys;
import dev.counterfoil.verifier.SettableClock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The monitor's parts on one thread and a clock that the test moves. */
public final class TestMonitor implements AutoCloseable {
  public static final Duration SETTLE = Duration.ofSeconds(1);

  final SettableClock clock;
  final Path folder;
  public final Database database;
  public final FindingStore findings;
  public final DatabaseBudget budget;
  public final SightingStore sightings;
  final KnownKeys knownKeys;

  /** What verifiers said. */
  public final AcknowledgementStore reporters;

  final Canaries canaries;
  public final Map<String, FollowedDomain> domains = new LinkedHashMap<>();
  public final TestCustody custody;
  private final Map<String, KeySetHistory> histories = new LinkedHashMap<>();
  public final List<Judgement> judged = new ArrayList<>();
  private final Judge judge;
  final Matching matching;
  private long sequence = 1;

  public TestMonitor(SettableClock clock, Path folder, RecordedIssuer... issuers)
      throws IOException {
    this(clock, folder, Arrays.stream(issuers).map(TestCustody.Source::of).toList());
  }

  public TestMonitor(SettableClock clock, Path folder, List<TestCustody.Source> sources)
      throws IOException {
    this.clock = clock;
    this.folder = Files.createDirectories(folder);
    database = Database.open(folder.resolve("monitor.db"));
    findings = new FindingStore(database.jdbi(), clock, kind -> {});
    budget = new DatabaseBudget(database.jdbi(), 1L << 30);
    sightings = new SightingStore(database.jdbi(), findings, budget, judged::add);
    knownKeys = new KnownKeys(database.jdbi());
    reporters = new AcknowledgementStore(database.jdbi());
    for (TestCustody.Source source : sources) {
      String name = source.policy().domain();
      histories.put(name, new KeySetHistory(name, knownKeys));
    }
    custody = new TestCustody(clock, folder.resolve("custody"), new Events(), sources);
    custody.issuers.forEach(
        (name, issuer) ->
            domains.put(name, new FollowedDomain(issuer, requireNonNull(histories.get(name)))));
    canaries = new Canaries(database.jdbi());
    judge =
        new Judge(domains.values(), knownKeys, canaries, findings, SETTLE, Duration.ofSeconds(10));
    matching = new Matching(sightings, judge, clock, judged::add);
  }

  private final class Events implements Custodian.Events {
    @Override
    public void read(Access access) {
      throw new AssertionError("nobody reads what is of all tenants");
    }

    @Override
    public void alarm(Alarm alarm) {
      new CustodyFindings(findings).raise(alarm);
    }

    @Override
    public void keySet(String domain, KeySet keySet, Instant at) {
      requireNonNull(histories.get(domain)).take(keySet, at);
    }

    @Override
    public void vouched(LogFollower follower, long from, long to) throws IOException {
      new LateRecords(findings)
          .explain(follower.domain(), follower.log().name(), from, to, follower.custody());
    }
  }

  /** What keys did, by what came here. */
  public KeyReport keyReport() {
    return new KeyReport(domains.values(), custody.names, sightings, reporters, clock);
  }

  /** Follows every log to its end. */
  public void follow() throws IOException {
    custody.follow();
  }

  /** Reports sightings as one batch. */
  public void report(Sighting... seen) {
    report(List.of(seen));
  }

  public void report(List<Sighting> seen) {
    report(sequence++, seen);
  }

  /** Reports them as a batch with a number, which goes on over the monitor's starts. */
  public void report(long number, List<Sighting> seen) {
    Hash digest = Hash.sha256(("batch " + number).getBytes(StandardCharsets.UTF_8));
    try {
      sightings.record(
          "acme/mail", new SightingBatch("mail", number, 0, seen, digest), clock.instant());
    } catch (DatabaseFullException e) {
      throw new AssertionError(e);
    }
  }

  /** What a sighting comes to that came in now. Changes nothing. */
  public Judgement judge(Sighting seen) throws IOException {
    return judge.judge(seen, clock.instant(), clock.instant());
  }

  /** Judges what waits; tells how many sightings stay open. */
  public int match() throws IOException {
    return matching.step();
  }

  /** Lets the settle time pass, follows, and matches; tells how many sightings stay open. */
  public int settle() throws IOException {
    follow();
    matching.step();
    clock.advance(SETTLE);
    follow();
    return matching.step();
  }

  public List<JsonObject> findings() {
    return findings.list(FindingStore.Query.all()).stream().map(FindingStore.Kept::json).toList();
  }

  /** Calls a token forged, whatever the record says: a fault to be found. */
  public void callForged(Sighting sighting) {
    findings.raise(
        new Finding(
            Finding.Kind.FORGED_TOKEN,
            Finding.Severity.CRITICAL,
            domains.keySet().iterator().next(),
            new Finding.Subject(
                "",
                String.valueOf(sighting.token().digest()),
                sighting.token().tokenId(),
                sighting.token().digest(),
                null,
                null,
                false),
            clock.instant(),
            1,
            "",
            JsonObject.builder().build()));
  }

  /** Up to where the custodian holds a log. */
  public long heldSize(String domain, String log) {
    return requireNonNull(domains.get(domain)).heldSize(log);
  }

  /** The digest that the custodian holds at a position. */
  public Optional<Hash> held(String domain, String log, long position) throws IOException {
    return requireNonNull(domains.get(domain)).counterfoil(log, position).map(HeldToken::digest);
  }

  /**
   * What a trace says of a token: {@code issued}, or why not.
   *
   * @param digest empty where only the identifier is at hand
   */
  public String traced(String domain, String tenant, String tokenId, Optional<Hash> digest)
      throws IOException {
    return traced(domain, tenant, tokenId, digest, Optional.empty());
  }

  /** The issued tokens that it shows as events. */
  public Issuances issuances() {
    return new Issuances(
        custody.names::find,
        () -> List.copyOf(custody.issuers.values()),
        TwoHistories.in(database.jdbi()));
  }

  /** The same where the token's own {@code iss} is known. */
  public String traced(
      String domain, String tenant, String tokenId, Optional<Hash> digest, Optional<String> iss)
      throws IOException {
    return switch (issuances().of(new Fence(domain, tenant), tokenId, digest, iss)) {
      case Issuances.Found.Issued issued -> "issued";
      case Issuances.Found.Not not -> not.code();
    };
  }

  /** How its logs stand and what waits, for whoever reads of a failure. */
  public String state() {
    StringBuilder state = new StringBuilder();
    domains
        .values()
        .forEach(
            domain ->
                domain
                    .followers()
                    .forEach(
                        (log, follower) ->
                            state.append(log).append(' ').append(domain.view(log)).append(' ')));
    return state
        .append(
            sightings.open(0, 100).stream()
                .map(
                    one ->
                        one.sighting().outcome()
                            + " "
                            + one.sighting().token().tokenId()
                            + " of "
                            + one.receivedAt())
                .toList())
        .append(" wait, at ")
        .append(clock.instant())
        .toString();
  }

  /** Findings after the one with an id. */
  public List<JsonObject> findings(long after) {
    return findings.list(FindingStore.Query.all().after(after)).stream()
        .map(FindingStore.Kept::json)
        .toList();
  }

  public LogFollower follower(String domain, String log) {
    return custody.follower(domain, log);
  }

  /** What is left of a process that was killed: its locks are gone, and nothing more is written. */
  public void loseLocks() throws IOException {
    custody.loseLocks();
  }

  @Override
  public void close() throws IOException {
    custody.close();
    database.close();
  }
}
