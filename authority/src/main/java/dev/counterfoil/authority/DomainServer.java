package dev.counterfoil.authority;

import dev.counterfoil.authority.administration.AdminCommands;
import dev.counterfoil.authority.administration.ClientCommands;
import dev.counterfoil.authority.administration.ContainmentCommands;
import dev.counterfoil.authority.administration.KeyScope;
import dev.counterfoil.authority.administration.PendingRevocations;
import dev.counterfoil.authority.administration.SecondPersonDesk;
import dev.counterfoil.authority.auditing.AuthorityAudit;
import dev.counterfoil.authority.auditing.OwnToken;
import dev.counterfoil.authority.clients.ClientDirectory;
import dev.counterfoil.authority.clients.PendingRevocation;
import dev.counterfoil.authority.clients.UsedOnce;
import dev.counterfoil.authority.connect.PersonGrants;
import dev.counterfoil.authority.connect.grants.Grants;
import dev.counterfoil.authority.connect.logout.BackChannelLogout;
import dev.counterfoil.authority.connect.logout.LogoutTokens;
import dev.counterfoil.authority.cosigners.CosignerRounds;
import dev.counterfoil.authority.http.RequestRefusedException;
import dev.counterfoil.authority.keys.HeadWaiters;
import dev.counterfoil.authority.keys.JwksFetches;
import dev.counterfoil.authority.keys.PublishedKeys;
import dev.counterfoil.authority.logs.LeavesEndpoint;
import dev.counterfoil.authority.logs.LocalReadSide;
import dev.counterfoil.authority.logs.PublicLogs;
import dev.counterfoil.authority.logs.RecordIndexes;
import dev.counterfoil.authority.peers.GrantHomes;
import dev.counterfoil.authority.peers.HomeNames;
import dev.counterfoil.authority.peers.Peers;
import dev.counterfoil.authority.peers.SharedAttempts;
import dev.counterfoil.authority.peers.SharedEnds;
import dev.counterfoil.authority.peers.SharedUses;
import dev.counterfoil.authority.peers.Sharing;
import dev.counterfoil.authority.people.ContainedPeople;
import dev.counterfoil.authority.people.People;
import dev.counterfoil.authority.people.PersonCommands;
import dev.counterfoil.authority.people.PersonEnds;
import dev.counterfoil.authority.personal.PersonalTokens;
import dev.counterfoil.authority.personal.TokensInName;
import dev.counterfoil.authority.settings.AdministrationEntry;
import dev.counterfoil.authority.settings.AdministrationEntry.SecondPersonEntry;
import dev.counterfoil.authority.settings.AudienceMarks;
import dev.counterfoil.authority.settings.AuthorityConfiguration.Domain;
import dev.counterfoil.authority.settings.PeersEntry;
import dev.counterfoil.authority.settings.PeopleEntry;
import dev.counterfoil.authority.settings.UpstreamEntry;
import dev.counterfoil.authority.signals.SignalCommands;
import dev.counterfoil.authority.signals.Signals;
import dev.counterfoil.authority.signals.SignalsPoller;
import dev.counterfoil.authority.signals.SignalsReceiver;
import dev.counterfoil.authority.signers.SignerView;
import dev.counterfoil.authority.signers.Signers;
import dev.counterfoil.authority.token.RevocationRequests;
import dev.counterfoil.authority.token.RevocationShares;
import dev.counterfoil.authority.token.TokenRevocations;
import dev.counterfoil.authority.watching.MonitorWatch;
import dev.counterfoil.configuration.LimitWatch;
import dev.counterfoil.configuration.UnixUsers;
import dev.counterfoil.directory.Directory;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.http.listener.ClientAddress;
import dev.counterfoil.http.listener.FailedRequests;
import dev.counterfoil.http.listener.Listener;
import dev.counterfoil.http.listener.LongPolls;
import dev.counterfoil.http.outbound.GuardedAsks;
import dev.counterfoil.http.outbound.GuardedConnections;
import dev.counterfoil.http.outbound.OutboundGuard;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.signerprotocol.SignerClient;
import dev.counterfoil.signerprotocol.SignerServer;
import dev.counterfoil.signin.Beside;
import dev.counterfoil.signin.SignIn;
import dev.counterfoil.signin.SignInListener;
import dev.counterfoil.signin.attempts.AttemptsElsewhere;
import dev.counterfoil.verifier.Verifier;
import dev.counterfoil.verifier.VerifierLimits;
import dev.counterfoil.verifier.reporting.AccessTokenSource;
import dev.counterfoil.verifier.reporting.SightingReporter;
import dev.counterfoil.verifier.reporting.SightingSink;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Everything that serves one trust domain. Constructed in order, closed in reverse. */
public final class DomainServer implements AutoCloseable {
  // The key set is in this process: what is revoked is known within half a second here.
  private static final VerifierLimits LIMITS =
      VerifierLimits.defaults().withKeys(Duration.ofMillis(500), Duration.ofMinutes(5));

  private static final Duration CONNECT_TIME_MAX = Duration.ofSeconds(2);

  /** For what is sent to an address of a client. */
  private static final Duration OUTBOUND_TIME_MAX = Duration.ofSeconds(10);

  private final Served served;
  private final PendingRevocations pending;
  private final SignerServer admin;
  private final SightingSink sightings;
  private final HttpClient http;
  private final DomainRoutes routes;
  private final Listener web;
  private final Optional<Listener> forPeers;
  private final LimitWatch limits;

  private DomainServer(
      Served served,
      PendingRevocations pending,
      SignerServer admin,
      SightingSink sightings,
      HttpClient http,
      DomainRoutes routes,
      Listener web,
      Optional<Listener> forPeers) {
    this.forPeers = forPeers;
    this.served = served;
    this.pending = pending;
    this.admin = admin;
    this.sightings = sightings;
    this.http = http;
    this.routes = routes;
    this.web = web;
    this.limits = LimitWatch.start(routes.limits());
  }

  /** What checks the tokens that are presented here. */
  Verifier verifier() {
    return served.verifier();
  }

  /**
   * Starts to serve a domain.
   *
   * @param startedAt when this process began
   * @param neighbours the verifiers of the other domains of this process
   */
  static DomainServer start(
      Domain domain,
      InstantSource clock,
      SecureRandom random,
      Instant startedAt,
      Supplier<List<Verifier>> neighbours)
      throws IOException {
    TrustPolicy policy = policy(domain);
    ClientDirectory clients =
        ClientDirectory.open(domain.clientTables(), domain.pepper(), random, clock);
    Disk disk =
        FileDisk.privateFolder(
            Objects.requireNonNull(domain.database().toAbsolutePath().getParent()));
    Served.Once once =
        new Served.Once(
            UsedOnce.open(disk, "used-assertions", clock),
            UsedOnce.open(disk, "used-proofs", clock));
    RevocationShares shares = RevocationShares.open(disk, clock);
    Signers signers = new Signers(domain.signerSocket(), domain.spareSigners(), clock);
    SignerClient registrar = new SignerClient(domain.registrarSocket().path());
    JwksFetches fetches = new JwksFetches(clock);
    UnixUsers adminUsers =
        UnixUsers.of(domain.adminUsers()).and(UnixUsers.self()).and(UnixUsers.root());
    PublicLogs logs = new PublicLogs(domain.logFolder());
    LongPolls polls = new LongPolls(domain.connectionsMax());
    HeadWaiters waiters =
        new HeadWaiters(
            () -> logs.head().order(),
            // Within the time after which the listener ends a connection as idle.
            domain.readTimeout().dividedBy(2));
    AudienceMarks audienceMarks = new AudienceMarks(domain.audienceStreams());
    LeavesEndpoint leaves =
        new LeavesEndpoint(
            logs,
            audienceMarks,
            polls,
            name -> new HeadWaiters(() -> logs.size(name), domain.readTimeout().dividedBy(2)));
    LocalReadSide readSide = new LocalReadSide(domain.issuer(), logs, waiters);
    PublishedKeys keys = new PublishedKeys(readSide, policy, clock);
    RecordIndexes indexes =
        RecordIndexes.start(
            domain.logFolder(), domain.database().resolveSibling("record-index"), random);
    HttpClient http = HttpClient.newBuilder().connectTimeout(CONNECT_TIME_MAX).build();
    Optional<AccessTokenSource> ownTokens =
        domain
            .monitorUrl()
            .map(
                url ->
                    new OwnToken(
                        signers,
                        domain.ownTenant(),
                        OwnToken.REPORT_SCOPE,
                        domain.tokenLife(),
                        clock));
    SightingSink sightings =
        domain
            .monitorUrl()
            .<SightingSink>map(
                url ->
                    new SightingReporter(
                        url, OwnToken.CLIENT_ID, ownTokens.orElseThrow(), http, clock))
            .orElse(SightingSink.none());
    AuthorityAudit audit =
        AuthorityAudit.start(domain, signers, registrar, ownTokens, http, clock, random);
    RevocationRequests revocations = new RevocationRequests(registrar, logs, keys);
    PendingRevocations pending = PendingRevocations.start(clients, revocations);
    FailedRequests failed = new FailedRequests();
    TokenRevocations revoking = new TokenRevocations(revocations, shares);
    UnaryOperator<String> clientName =
        id -> clients.find(id).map(one -> one.registration().name()).orElse(id);
    Optional<PersonGrants> grants =
        domain.people().isPresent()
            ? Optional.of(
                PersonGrants.open(
                    domain.people().get().database().resolveSibling("grants"),
                    clients::keyedHash,
                    ended -> revoke(revocations, ended),
                    audit,
                    random,
                    clock))
            : Optional.empty();
    Optional<PeersEntry> entry = domain.peers();
    Optional<Peers> peers =
        entry.isPresent()
            ? Optional.of(new Peers(entry.get(), new ClientAddress(domain.trustedProxies())))
            : Optional.empty();
    AtomicReference<@Nullable SharedEnds> shared = new AtomicReference<>();
    Optional<People> people =
        domain.people().isPresent()
            ? Optional.of(
                People.open(
                    domain,
                    domain.people().get(),
                    directory ->
                        new Beside(
                            People.events(audit),
                            ends(directory, peers, grants.orElseThrow(), clients, shared, clock),
                            domain
                                .monitorUrl()
                                .map(
                                    monitor ->
                                        new PersonalTokens(
                                            directory,
                                            new TokensInName(
                                                monitor, http, signers, domain.tokenLife(), clock),
                                            keys,
                                            revoking,
                                            audit,
                                            clientName,
                                            clock)),
                            peers
                                .<AttemptsElsewhere>map(SharedAttempts::new)
                                .orElse(AttemptsElsewhere.NOWHERE),
                            clientName),
                    failed,
                    random,
                    clock))
            : Optional.empty();
    Optional<BackChannelLogout> logout =
        grants.map(
            all ->
                new BackChannelLogout(
                    all.grants(),
                    clients::find,
                    new LogoutTokens(signers, keys, clock),
                    posts(domain.people().orElseThrow()),
                    clock));
    Optional<Signals> signals =
        people.isPresent()
            ? Optional.of(
                Signals.open(
                    domain,
                    domain.people().orElseThrow(),
                    people.get().directory(),
                    clients,
                    signers,
                    keys,
                    clock))
            : Optional.empty();
    signals.ifPresent(all -> grants.orElseThrow().ends().announce(all.ended()));
    if (logout.isPresent()) {
      grants
          .orElseThrow()
          .ends()
          .resume(
              id -> clients.find(id).filter(one -> !one.standing().disabled()).isPresent(),
              people.orElseThrow().sessions(),
              logout.get()::look);
    }
    Optional<Sharing> sharing =
        peers.map(
            others -> {
              SharedEnds ends = Objects.requireNonNull(shared.get());
              once.assertions().sharedWith(new SharedUses(others, SharedUses.ASSERTIONS));
              once.proofs().sharedWith(new SharedUses(others, SharedUses.PROOFS));
              grants.orElseThrow().grants().named(HomeNames.prefix(others.own()));
              SignIn signIn = people.orElseThrow().signIn();
              ends.start(signIn::endAll, signIn::end);
              return new Sharing(entry.orElseThrow(), others, ends, new GrantHomes(others, ends));
            });
    ClientCommands clientCommands =
        new ClientCommands(
            clients,
            fetches,
            audit,
            pending,
            id -> {
              sharing.ifPresent(with -> with.ends().client(id));
              grants.ifPresent(all -> all.ends().clientEnded(id));
              if (clients.find(id).isEmpty()) {
                // Another client that is registered under this id later is not this one.
                signals.ifPresent(all -> all.streams().removeOf(id));
              }
            });
    Optional<PersonEnds> personEnds =
        people.map(of -> new DomainEnds(of.signIn(), grants.orElseThrow().ends(), sharing));
    List<SignalsReceiver> receivers =
        domain.people().map(PeopleEntry::upstreams).orElse(List.of()).stream()
            .filter(one -> one.signals() != UpstreamEntry.Signals.NONE)
            .map(
                one ->
                    new SignalsReceiver(
                        one,
                        domain.url(SignalsReceiver.PREFIX + one.name()).toString(),
                        people.orElseThrow().directory(),
                        people.orElseThrow().signIn(),
                        personEnds.orElseThrow(),
                        signals.orElseThrow().streams(),
                        audit,
                        clock))
            .toList();
    AdminCommands commands =
        new AdminCommands(
            clientCommands,
            people.map(
                of ->
                    new PersonCommands(
                        of.directory(),
                        domain.issuer(),
                        domain.people().orElseThrow().recoveryDelay(),
                        audit,
                        personEnds.orElseThrow())),
            signals.map(all -> new SignalCommands(all, audit, clock)),
            new KeyScope(keys, clock),
            new SecondPersonDesk(
                domain
                    .administration()
                    .flatMap(AdministrationEntry::secondPerson)
                    .orElse(SecondPersonEntry.NOBODY),
                clientCommands,
                audit,
                clock),
            new ContainmentCommands(
                clientCommands,
                people.map(
                    of ->
                        new ContainedPeople(
                            of.directory(), grants.orElseThrow(), personEnds.orElseThrow())),
                revoking,
                audit,
                clock),
            audit);
    SignerServer admin = SignerServer.listen(domain.adminSocket().path(), adminUsers, commands);
    Verifier verifier =
        Verifier.builder(policy)
            .network(readSide)
            .clock(clock)
            .limits(LIMITS)
            .sightings(signals.map(all -> all.beside(sightings)).orElse(sightings))
            .build();
    List<CosignerRounds> rounds =
        signers.all().stream()
            .map(one -> new CosignerRounds(domain.cosigners(), one.view(), logs, http, clock))
            .toList();
    SignerView registrarView = new SignerView(registrar);
    CosignerRounds keyLogRounds =
        new CosignerRounds(domain.cosigners(), registrarView, logs, http, clock);
    Served served =
        new Served(
            domain,
            clients,
            people,
            grants,
            sharing,
            logout,
            signals,
            receivers,
            receivers.stream()
                .filter(one -> one.upstream().signalsPoll().isPresent())
                .map(
                    one ->
                        SignalsPoller.start(
                            one,
                            new OutboundGuard(domain.people().orElseThrow().outbound()),
                            clock))
                .toList(),
            failed,
            once,
            revoking,
            registrar,
            keys,
            logs,
            policy.logPolicy(),
            indexes,
            verifier,
            neighbours,
            new Served.Waiting(waiters, leaves, polls),
            audienceMarks,
            new Served.Cosigned(signers, rounds, registrarView, keyLogRounds),
            fetches,
            commands,
            audit,
            domain
                .monitorUrl()
                .map(
                    monitor ->
                        MonitorWatch.start(
                            domain, monitor, signers, sightings, http, clock, random)));
    DomainRoutes routes = new DomainRoutes(served, random, clock, startedAt);
    Listener web = DomainListener.start(domain, routes);
    Optional<Listener> forPeers =
        sharing.isPresent()
            ? Optional.of(
                DomainListener.startPrivate(
                    domain, sharing.get().entry(), routes.peerListener().orElseThrow(), routes))
            : Optional.empty();
    rounds.forEach(CosignerRounds::start);
    keyLogRounds.start();
    return new DomainServer(served, pending, admin, sightings, http, routes, web, forPeers);
  }

  /** Who hears what ends at sign-in: the grants here, and where there are several, all. */
  private static SignInListener ends(
      Directory directory,
      Optional<Peers> peers,
      PersonGrants grants,
      ClientDirectory clients,
      AtomicReference<@Nullable SharedEnds> shared,
      InstantSource clock) {
    if (peers.isEmpty()) {
      return grants.ends();
    }
    SharedEnds ends =
        new SharedEnds(
            directory.endings(), peers.get().own(), grants.ends(), () -> refresh(clients), clock);
    shared.set(ends);
    return ends;
  }

  private static void refresh(ClientDirectory clients) {
    try {
      clients.refresh();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static GuardedAsks posts(PeopleEntry people) {
    return new GuardedAsks(
        GuardedConnections.ofHost(),
        new OutboundGuard(people.outbound())::objection,
        OUTBOUND_TIME_MAX,
        0);
  }

  private static @Nullable String revoke(RevocationRequests revocations, Grants.Ended ended)
      throws InterruptedException {
    try {
      revocations.revoke(PendingRevocation.of(ended.group(), ended.endedAt()));
      return null;
    } catch (RequestRefusedException e) {
      return e.error().description();
    }
  }

  private static TrustPolicy policy(Domain domain) throws IOException {
    Path file = domain.policy();
    try {
      TrustPolicy policy = TrustPolicy.parse(Files.readAllBytes(file));
      if (!policy.domain().equals(domain.name())
          || !policy.issuer().equals(domain.issuer().toString())) {
        throw new IOException(file + " is the policy of another domain or issuer");
      }
      return policy;
    } catch (FormatException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }

  /** What lies where. */
  public DomainRoutes routes() {
    return routes;
  }

  /** Has tokens of clients revoked. */
  public PendingRevocations pendingRevocations() {
    return pending;
  }

  /** What administrators may ask. */
  public AdminCommands commands() {
    return served.commands();
  }

  /** What it says to the audit log. */
  public AuthorityAudit audit() {
    return served.audit();
  }

  /** The port that it listens on. */
  int port() {
    return web.port();
  }

  @Override
  public void close() throws IOException {
    // First: whoever waits is answered, and does not hold up the listener's end.
    served.waiting().heads().close();
    served.waiting().leaves().close();
    limits.close();
    web.close();
    forPeers.ifPresent(Listener::close);
    served.pollers().forEach(SignalsPoller::close);
    served.sharing().ifPresent(Sharing::close);
    served.cosigned().rounds().forEach(CosignerRounds::close);
    served.cosigned().keyLogRounds().close();
    served.verifier().close();
    served.monitorWatch().ifPresent(MonitorWatch::close);
    if (sightings instanceof SightingReporter reporter) {
      reporter.close();
    }
    admin.close();
    pending.close();
    served.audit().close();
    http.close();
    served.indexes().close();
    served.logs().close();
    served.registrar().close();
    served.cosigned().signers().close();
    served.once().assertions().close();
    served.once().proofs().close();
    served.revoking().close();
    served.logout().ifPresent(BackChannelLogout::close);
    served.signals().ifPresent(Signals::close);
    served.people().ifPresent(People::close);
    if (served.grants().isPresent()) {
      served.grants().get().close();
    }
    served.clients().close();
  }
}
