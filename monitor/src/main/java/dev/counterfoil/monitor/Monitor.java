package dev.counterfoil.monitor;

import dev.counterfoil.audit.Auditor;
import dev.counterfoil.audit.access.Care;
import dev.counterfoil.audit.access.TenantShares;
import dev.counterfoil.audit.forget.Retention;
import dev.counterfoil.audit.restore.AuditRestore;
import dev.counterfoil.auditserver.RoutePlace;
import dev.counterfoil.auditserver.custody.AuditCustodians;
import dev.counterfoil.auditserver.custody.AuditCustodyRoutes;
import dev.counterfoil.auditserver.custody.AuditLogRequests;
import dev.counterfoil.auditserver.events.AuditDesk;
import dev.counterfoil.auditserver.events.AuditRoutes;
import dev.counterfoil.auditserver.events.EventExport;
import dev.counterfoil.auditserver.events.EventPages;
import dev.counterfoil.auditserver.events.StaffTasks;
import dev.counterfoil.auditserver.events.TraceDesk;
import dev.counterfoil.auditserver.events.TraceRoutes;
import dev.counterfoil.auditserver.issued.Issuances;
import dev.counterfoil.auditserver.issued.IssuedExport;
import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.configuration.Limit;
import dev.counterfoil.configuration.UnixUsers;
import dev.counterfoil.custodian.Custodian;
import dev.counterfoil.custodian.following.Bell;
import dev.counterfoil.custodian.following.FollowedIssuer;
import dev.counterfoil.custodian.issuer.IssuerPolicyFile;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.http.answers.Answers;
import dev.counterfoil.http.answers.BearerCheck;
import dev.counterfoil.http.answers.Caller;
import dev.counterfoil.http.answers.VerifiedBearer;
import dev.counterfoil.http.listener.ClientAddress;
import dev.counterfoil.http.listener.Listener;
import dev.counterfoil.http.listener.Watchers;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.monitor.attached.AttachedKeyWatch;
import dev.counterfoil.monitor.auditlog.AuditLogFindings;
import dev.counterfoil.monitor.auditlog.FindingEvents;
import dev.counterfoil.monitor.auditlog.MonitorAudit;
import dev.counterfoil.monitor.auditlog.RuleWatch;
import dev.counterfoil.monitor.auditlog.SaidFindings;
import dev.counterfoil.monitor.auditlog.StatedAuditLogWatch;
import dev.counterfoil.monitor.database.Database;
import dev.counterfoil.monitor.database.DatabaseBudget;
import dev.counterfoil.monitor.database.DatabasePlace;
import dev.counterfoil.monitor.findings.FindingChanges;
import dev.counterfoil.monitor.findings.FindingDesk;
import dev.counterfoil.monitor.findings.FindingFeedback;
import dev.counterfoil.monitor.findings.FindingStore;
import dev.counterfoil.monitor.findings.TwoHistories;
import dev.counterfoil.monitor.http.MonitorMeters;
import dev.counterfoil.monitor.http.MonitorRoutes;
import dev.counterfoil.monitor.http.ViewRoutes;
import dev.counterfoil.monitor.incidents.IncidentDesk;
import dev.counterfoil.monitor.incidents.IncidentStore;
import dev.counterfoil.monitor.incidents.PlaybookRuns;
import dev.counterfoil.monitor.incidents.TouchedByIncident;
import dev.counterfoil.monitor.issued.AcknowledgementReport;
import dev.counterfoil.monitor.issued.CanaryDesk;
import dev.counterfoil.monitor.issued.KeyReport;
import dev.counterfoil.monitor.judging.Canaries;
import dev.counterfoil.monitor.judging.Judge;
import dev.counterfoil.monitor.judging.KnownServices;
import dev.counterfoil.monitor.judging.Matching;
import dev.counterfoil.monitor.judging.OwnSightings;
import dev.counterfoil.monitor.judging.SightingBatch;
import dev.counterfoil.monitor.judging.SightingRetention;
import dev.counterfoil.monitor.judging.SightingStore;
import dev.counterfoil.monitor.judging.UnprovenTokens;
import dev.counterfoil.monitor.notifying.Notifier;
import dev.counterfoil.monitor.settings.MonitorConfiguration;
import dev.counterfoil.monitor.watching.AcknowledgementStore;
import dev.counterfoil.monitor.watching.AuthorityHealth;
import dev.counterfoil.monitor.watching.FollowedDomain;
import dev.counterfoil.monitor.watching.HealthWatch;
import dev.counterfoil.monitor.watching.KeySetHistory;
import dev.counterfoil.monitor.watching.KeyWatch;
import dev.counterfoil.monitor.watching.KnownKeys;
import dev.counterfoil.monitor.watching.LimitFindings;
import dev.counterfoil.monitor.watching.ViewComparison;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The monitor, put together: the custodian's threads follow the logs, one thread matches sightings,
 * virtual threads serve HTTP. Constructed in order, closed in reverse.
 */
public final class Monitor implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Monitor.class.getName());
  private static final Duration PAUSE_WHILE_MATCHING = Duration.ofMillis(50);
  private static final Duration PAUSE_WITHOUT_SIGHTINGS = Duration.ofSeconds(1);
  private static final Duration WRITE_BEHIND = Duration.ofMillis(500);
  private static final Duration WATCH_EVERY = Duration.ofSeconds(5);
  private static final Duration HEALTH_WITHIN = Duration.ofSeconds(2);

  private final MonitorConfiguration configuration;
  private final InstantSource clock;
  private final Consumer<Throwable> unknownState;
  private final Disk.DiskLock lock;
  private final DatabasePlace place;
  private final Database database;
  private final Answers answers = Answers.toBearers("counterfoil-monitor");
  private final MonitorMeters meters = new MonitorMeters(answers.failed());
  private final FindingStore findings;
  private final DatabaseBudget budget;
  private final SightingStore sightings;
  private final AcknowledgementStore acknowledgements;
  private final KnownServices services;
  private final Map<String, KeySetHistory> histories = new HashMap<>();
  private final VerifiedBearer bearer;
  private final Custodian custodian;
  private final AuditLogFindings ofAuditLog;
  private final Auditor auditor;
  private final RuleWatch rules;
  private final StatedAuditLogWatch statedAuditLogs;
  private final AuditCustodians auditCustodians;
  private final Issuances issuances;
  private final EventPages pages;
  private final EventExport exports;
  private final TraceDesk traces;
  private final MonitorAudit ownEvents;
  private final Matching matching;
  private final Notifier notifier;
  private final Bell sightingsCame = new Bell();
  private final CountDownLatch ending = new CountDownLatch(1);
  private final List<Thread> threads = new ArrayList<>();
  private final AdminSocket admin;
  private final MonitorRoutes routes;
  private final Listener web;
  private volatile int waiting;
  private volatile boolean closing;

  /**
   * Starts a monitor.
   *
   * @param unknownState told when the state of disk or database is unknown: the process must end
   * @throws ConfigurationException when a file that is named there cannot be used
   */
  public static Monitor start(
      MonitorConfiguration configuration,
      InstantSource clock,
      SecureRandom random,
      Consumer<Throwable> unknownState)
      throws IOException, ConfigurationException {
    return new Monitor(configuration, clock, random, unknownState);
  }

  private Monitor(
      MonitorConfiguration configuration,
      InstantSource clock,
      SecureRandom random,
      Consumer<Throwable> unknownState)
      throws IOException, ConfigurationException {
    this.configuration = configuration;
    this.clock = clock;
    this.unknownState = unknownState;
    Path data = configuration.data();
    lock = DatabasePlace.lock(data);
    place = DatabasePlace.of(data);
    database = place.open();
    findings = new FindingStore(database.jdbi(), clock, meters::raised);
    meters.open(new FindingChanges(database.jdbi()));
    place.tellLost(configuration.domainNames(), findings, clock.instant());
    SaidFindings said = new SaidFindings(database.jdbi(), findings, clock);
    services = new KnownServices(database.jdbi(), clock);
    budget = new DatabaseBudget(database.jdbi(), configuration.databaseBudget().bytes());
    sightings = new SightingStore(database.jdbi(), findings, budget, meters::judged);
    acknowledgements = new AcknowledgementStore(database.jdbi());
    Canaries canaries = new Canaries(database.jdbi());
    KnownKeys knownKeys = new KnownKeys(database.jdbi());
    List<TrustPolicy> policies = new ArrayList<>();
    List<Custodian.Domain> held = new ArrayList<>();
    for (MonitorConfiguration.Domain domain : configuration.domains()) {
      TrustPolicy policy = IssuerPolicyFile.read(domain.policy(), domain.name());
      policies.add(policy);
      held.add(new Custodian.Domain(policy, domain.clientId(), domain.clientKey().path()));
      histories.put(domain.name(), new KeySetHistory(domain.name(), knownKeys));
    }
    start("database", () -> place.watch(this::endsWithin));
    bearer =
        new VerifiedBearer(
            policies,
            configuration.audience(),
            domain ->
                new OwnSightings(domain, sightings, acknowledgements, clock, sightingsCame::ring));
    custodian =
        Custodian.start(
            new Custodian.Settings(
                data,
                configuration.cosigner(),
                configuration.pollInterval(),
                configuration.counterfoilWithin(),
                configuration.keepCounterfoils(),
                held),
            new CustodyEvents(findings, histories, services, meters),
            clock,
            random,
            unknownState);
    AuditRestore.removeLeftOver(data);
    rules =
        RuleWatch.of(
            configuration.detectionRules(), new PlaybookRuns(database.jdbi()), findings, clock);
    ofAuditLog = new AuditLogFindings(List.copyOf(histories.keySet()), findings, clock);
    auditor =
        Auditor.start(
            new Auditor.Settings(
                    data.resolve("audit"),
                    configuration.auditLog(),
                    configuration.auditEventsPerSecond())
                .keeping(new Retention(configuration.auditKeep(), configuration.auditKeepKeys())),
            new Care(custodian::isClockRight, ofAuditLog::changed, rules::own, ofAuditLog::putBack),
            clock,
            random,
            unknownState);
    rules.keepIn(data.resolve("rules"), auditor::size, auditor.forItself()::each);
    statedAuditLogs =
        new StatedAuditLogWatch(auditor.key(), auditor.size() == 0, clock, findings::raiseOnce);
    said.compare(auditor.forItself()::search, configuration.domainNames());
    AuditLogRequests.write(data, policies, auditor);
    meters.audit(auditor);
    auditCustodians =
        new AuditCustodians(
            configuration.auditCustodians().stream()
                .map(MonitorConfiguration.AuditCustodian::toServer)
                .toList(),
            auditor,
            ofAuditLog::behind,
            ofAuditLog::changed,
            clock);
    issuances =
        new Issuances(
            custodian.names()::find, custodian::issuers, TwoHistories.in(database.jdbi()));
    pages = new EventPages(auditor, issuances);
    exports =
        new EventExport(
            auditor, auditCustodians::words, Optional.of(new IssuedExport(custodian, issuances)));
    traces = new TraceDesk(auditor, issuances);
    ownEvents =
        new MonitorAudit(
            auditor, configuration.domains().getFirst().name(), System.getProperty("user.name"));
    ownEvents.started(configuration);
    List<FollowedDomain> domains = new ArrayList<>();
    for (FollowedIssuer issuer : custodian.issuers()) {
      KeySetHistory history = histories.get(issuer.name());
      if (history != null) {
        domains.add(new FollowedDomain(issuer, history));
      }
    }
    Judge judge =
        new Judge(
            domains,
            knownKeys,
            canaries,
            findings,
            configuration.settle(),
            configuration.revocationWithin());
    matching = new Matching(sightings, judge, clock, meters::judged, () -> custodian.hurry(true));
    start("match", this::matchForever);
    ViewComparison views =
        new ViewComparison(
            (domain, log, size) -> FollowedDomain.rootAt(domains, domain, log, size),
            domain -> FollowedDomain.keyLogSize(domains, domain),
            findings,
            clock);
    start("acknowledge", () -> acknowledgeForever(views));
    start("health", () -> watchHealth(domains));
    start("keys", () -> watchKeys(domains));
    AttachedKeyWatch attached = AttachedKeyWatch.overHttp(clock, findings);
    start("attached", () -> attached.lookUntil(this::endsWithin, domains));
    start("limits", this::watchLimits);
    IncidentStore incidents = new IncidentStore(database.jdbi(), findings, clock);
    start("finding-events", () -> sayFindings(incidents));
    notifier =
        new Notifier(
            configuration.notifications(),
            database.jdbi(),
            findings,
            configuration.domainNames().getFirst(),
            clock,
            unknownState);
    start(
        "audit-witnesses",
        () ->
            AuditCustodians.askWitnesses(
                this::endsWithin, policies, auditor, clock, ofAuditLog::changed));
    if (auditCustodians.areAny()) {
      start("audit-custodians", () -> auditCustodians.lookUntil(this::endsWithin));
    }
    KeyReport report =
        new KeyReport(domains, custodian.names(), sightings, acknowledgements, clock);
    TouchedByIncident ofIncidents =
        new TouchedByIncident(incidents, sightings, services, acknowledgements, traces, domains);
    AcknowledgementReport verifiers =
        new AcknowledgementReport(acknowledgements, services, domains, clock);
    StaffTasks staff = StaffTasks.open(data, configuration.staffTasksRequired(), auditor, clock);
    FindingFeedback feedback = new FindingFeedback(database.jdbi(), clock);
    FindingDesk onFindings = findings.desk(feedback, configuration.domainNames().getFirst());
    admin =
        AdminSocket.listen(
            configuration.adminSocket().path(),
            UnixUsers.self().and(UnixUsers.root()),
            findings,
            new IncidentDesk(incidents, ofIncidents, onFindings, incidents.reports()),
            report,
            verifiers,
            new CanaryDesk(canaries, clock),
            new AuditDesk(auditor, issuances, pages, exports, staff),
            traces,
            notifier,
            ownEvents,
            () -> rules.budgets(feedback),
            this::status);
    BearerCheck callers = ownEvents.rated(bearer);
    ViewRoutes looked =
        new ViewRoutes(
            callers,
            findings,
            onFindings,
            incidents,
            ofIncidents,
            verifiers,
            ownEvents::read,
            domains,
            clock);
    routes =
        new MonitorRoutes(
            answers,
            callers,
            sightings,
            acknowledgements,
            findings,
            report,
            meters,
            Watchers.of(configuration.watchers()),
            clock,
            configuration.batchSize().asArrayLength(),
            ownEvents::read,
            this::unready,
            this::auditLost,
            this::received,
            ownEvents::refused,
            morePlaces(callers, looked),
            routing -> custodian.register(routing, ownEvents.ofCustody(callers), answers));
    web =
        answers.listen(
            configuration.listen().resolve(),
            configuration.batchSize().asArrayLength(),
            new ClientAddress(configuration.trustedProxies()),
            Answers.READ_TIME_MAX,
            routes::register);
  }

  private List<RoutePlace> morePlaces(BearerCheck callers, ViewRoutes looked) {
    TenantShares answers = AuditRoutes.answers();
    start("detection-rules", () -> rules.until(this::endsWithin));
    List<RoutePlace> places = new ArrayList<>(looked.places());
    places.addAll(
        new AuditCustodyRoutes(callers, auditor, auditCustodians, ownEvents::read)
            .places(AuditRoutes.LOG));
    places.addAll(
        new AuditRoutes(
                callers,
                auditor,
                issuances,
                pages,
                exports,
                configuration.batchSize().asArrayLength(),
                ownEvents::read,
                rules,
                answers)
            .places());
    places.addAll(new TraceRoutes(callers, traces, answers).places());
    return places;
  }

  /** Everything that has a path of its own here. */
  public List<RoutePlace> places() {
    return routes.places();
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

  private void matchForever() throws IOException, InterruptedException {
    UnprovenTokens unproven = new UnprovenTokens(findings, matching, clock);
    SightingRetention retention =
        new SightingRetention(
            sightings, configuration.keepSightings(), custodian::isClockRight, clock);
    while (!closing) {
      waiting = matching.step();
      meters.open(waiting);
      custodian.hurry(waiting > 0);
      retention.step();
      sightings.makeRoom(clock.instant());
      unproven.step();
      sightingsCame.await(waiting > 0 ? PAUSE_WHILE_MATCHING : PAUSE_WITHOUT_SIGHTINGS);
    }
  }

  /** Compares what verifiers say that they saw, and writes behind what they said. */
  private void acknowledgeForever(ViewComparison views) throws IOException, InterruptedException {
    while (!closing) {
      views.compare(acknowledgements.all());
      flush();
      endsWithin(WRITE_BEHIND);
    }
    flush();
  }

  private boolean endsWithin(Duration pause) throws InterruptedException {
    return ending.await(pause.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void sayFindings(IncidentStore incidents) throws IOException, InterruptedException {
    FindingEvents events = new FindingEvents(findings, ownEvents, configuration.data());
    while (!endsWithin(WRITE_BEHIND)) {
      events.step();
      incidents.step();
    }
  }

  private void watchHealth(List<FollowedDomain> domains) throws InterruptedException {
    HealthWatch watch = new HealthWatch(clock, findings);
    try (AuthorityHealth authority = new AuthorityHealth(HEALTH_WITHIN)) {
      while (!closing) {
        for (FollowedDomain domain : domains) {
          authority.read(domain.issuer()).ifPresent(health -> watch.look(domain.name(), health));
        }
        endsWithin(WATCH_EVERY);
      }
    }
  }

  private void watchKeys(List<FollowedDomain> domains) throws InterruptedException {
    KeyWatch watch = new KeyWatch(clock, findings::raiseOnce, findings::over, meters::keyAlarms);
    while (!closing) {
      for (FollowedDomain domain : domains) {
        watch.look(domain.name(), domain.keyAlarms());
        domain.keySet().ifPresent(keys -> statedAuditLogs.look(domain.name(), keys.auditLogs()));
      }
      endsWithin(WATCH_EVERY);
    }
  }

  private void watchLimits() throws InterruptedException {
    Limit ofDatabase = budget.limit();
    Limit ofDisk =
        Limit.ofDisk(
            configuration.data(), "the monitor accepts nothing more, and the process stops");
    meters.limit(ofDatabase);
    meters.limit(ofDisk);
    LimitFindings watch =
        new LimitFindings(
            List.copyOf(histories.keySet()), List.of(ofDatabase), findings::raiseOnce, clock);
    while (!closing) {
      watch.step();
      // Others use the disk as well: an alarm, and no finding.
      ofDisk.look();
      endsWithin(WATCH_EVERY);
    }
  }

  private void flush() {
    Instant now = clock.instant();
    acknowledgements.flush(now);
    services.flush(now);
  }

  private void received(Caller caller, SightingBatch batch) {
    services.seen(caller.domain(), batch);
    sightingsCame.ring();
  }

  /** Why it is not ready: it cannot tell its callers, or holds not what it is to hold. */
  private List<String> unready() {
    return Stream.of(place.unready(), bearer.unready(), custodian.unready(), statedAuditLogs.lost())
        .flatMap(List::stream)
        .toList();
  }

  private List<String> auditLost() {
    return Stream.of(statedAuditLogs.lost(), ofAuditLog.lost()).flatMap(List::stream).toList();
  }

  private JsonObject status() {
    return JsonObject.builder()
        .put("ready", unready().isEmpty())
        .put("unready", unready())
        .put("cosigner", custodian.cosigner().toString())
        .put("sightings_open", waiting)
        .put("logs", custodian.status())
        .put("audit_lost", auditLost())
        .put("audit_custodians", auditCustodians.status())
        .build();
  }

  /** The port that it listens on. */
  public int port() {
    return web.port();
  }

  @Override
  public void close() throws IOException {
    closing = true;
    web.close();
    admin.close();
    sightingsCame.ring();
    ending.countDown();
    custodian.close();
    // Threads are not interrupted: that would close their files.
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    notifier.close();
    ownEvents.close();
    auditor.close();
    bearer.close();
    database.close();
    lock.close();
  }
}
