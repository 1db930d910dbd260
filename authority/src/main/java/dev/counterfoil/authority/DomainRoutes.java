package dev.counterfoil.authority;

import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.auditclient.RouteAudit;
import dev.counterfoil.authority.administration.AdministrationApi;
import dev.counterfoil.authority.administration.AdministrationRoute;
import dev.counterfoil.authority.auditing.AuthorityAudit;
import dev.counterfoil.authority.clients.ClientAssertions;
import dev.counterfoil.authority.clients.ClientAuthenticator;
import dev.counterfoil.authority.clients.ClientDirectory;
import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.authority.clients.DpopProofs;
import dev.counterfoil.authority.clients.IssueTimes;
import dev.counterfoil.authority.connect.PersonTokens;
import dev.counterfoil.authority.connect.PushedRequestEndpoint;
import dev.counterfoil.authority.connect.UserinfoEndpoint;
import dev.counterfoil.authority.http.CrossOrigin;
import dev.counterfoil.authority.http.Endpoint;
import dev.counterfoil.authority.http.EndpointMeter;
import dev.counterfoil.authority.http.HttpAnswers;
import dev.counterfoil.authority.http.OAuthError;
import dev.counterfoil.authority.http.SignerRefusals;
import dev.counterfoil.authority.keys.HeadWaiters;
import dev.counterfoil.authority.keys.PublicKeys;
import dev.counterfoil.authority.keys.PublishedKeys;
import dev.counterfoil.authority.logs.BearerScope;
import dev.counterfoil.authority.logs.CounterfoilsEndpoint;
import dev.counterfoil.authority.logs.HeldEndpoint;
import dev.counterfoil.authority.logs.IssuedTokens;
import dev.counterfoil.authority.logs.LeavesEndpoint;
import dev.counterfoil.authority.logs.LogEndpoint;
import dev.counterfoil.authority.logs.MisplacedTokens;
import dev.counterfoil.authority.logs.RecordEndpoint;
import dev.counterfoil.authority.logs.RecordIndexes;
import dev.counterfoil.authority.logs.ReleasedEndpoint;
import dev.counterfoil.authority.logs.StatusListEndpoint;
import dev.counterfoil.authority.logs.TokenProofs;
import dev.counterfoil.authority.peers.BrowserHomes;
import dev.counterfoil.authority.peers.PeerListener;
import dev.counterfoil.authority.peers.Sharing;
import dev.counterfoil.authority.people.People;
import dev.counterfoil.authority.people.Usernames;
import dev.counterfoil.authority.settings.AuthorityConfiguration.Domain;
import dev.counterfoil.authority.signals.SignalsMetadata;
import dev.counterfoil.authority.signers.Signers;
import dev.counterfoil.authority.token.IntrospectionEndpoint;
import dev.counterfoil.authority.token.RevocationEndpoint;
import dev.counterfoil.authority.token.RevocationQuota;
import dev.counterfoil.authority.token.TokenEndpoint;
import dev.counterfoil.configuration.Limit;
import dev.counterfoil.directory.database.TablePlace;
import dev.counterfoil.format.keylog.KeyLog;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.http.answers.RequestMeters;
import dev.counterfoil.http.listener.ClientAddress;
import dev.counterfoil.http.listener.FailedRequests;
import dev.counterfoil.http.listener.LongPolls;
import dev.counterfoil.http.listener.Watchers;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.signerprotocol.SignerName;
import dev.counterfoil.signin.SignIn;
import io.helidon.http.HeaderValues;
import io.helidon.http.Method;
import io.helidon.http.PathMatchers;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Predicate;

/** What lies where below a domain's issuer. */
public final class DomainRoutes {
  static final String JWKS = "/jwks";
  static final String SIGNED_JWKS = "/jwks.jwt";
  static final String SIGNATURE_ONLY_JWKS = "/signature-only/jwks";
  static final String SIGNED_SIGNATURE_ONLY_JWKS = "/signature-only/jwks.jwt";
  static final String HISTORICAL_KEYS = "/historical_keys";

  private static final String OAUTH_METADATA = "/.well-known/oauth-authorization-server";
  private static final String OPENID_METADATA = "/.well-known/openid-configuration";

  /** What an application needs that runs in a browser. */
  private static final Set<String> OF_BROWSERS =
      Set.of(
          "/token",
          "/revoke",
          PushedRequestEndpoint.PATH,
          UserinfoEndpoint.PATH,
          JWKS,
          OAUTH_METADATA,
          OPENID_METADATA);

  private final Domain domain;
  private final ClientDirectory clients;
  private final HttpAnswers answers;
  private final FailedRequests failed;
  private final PrometheusMeterRegistry meters;
  private final Optional<SignIn> signIn;
  private final Endpoint.Action token;
  private final ClientAddress addresses;
  private final Optional<ConnectRoutes> connect;
  private final Optional<SignalsRoutes> signals;
  private final PublicKeys keys;
  private final Health health;
  private final Endpoint.Action introspection;
  private final Endpoint.Action revocation;
  private final LogEndpoint logs;
  private final HeldEndpoint held;
  private final StatusListEndpoint statusLists;
  private final Endpoint.Action record;
  private final Watchers watchers;
  private final PublishedKeys published;
  private final InstantSource clock;
  private final List<Limit> limits;
  private final Optional<Endpoint.Action> administration;
  private final Optional<PeerListener> peerListener;
  private final Optional<BrowserHomes> browsers;

  /**
   * Lays out what a domain serves.
   *
   * @param startedAt when this process began
   */
  DomainRoutes(Served served, SecureRandom random, InstantSource clock, Instant startedAt) {
    Served.Cosigned cosigned = served.cosigned();
    PublishedKeys published = served.published();
    AuthorityAudit audit = served.audit();
    Served.Waiting waiting = served.waiting();
    this.domain = served.domain();
    this.clients = served.clients();
    this.failed = served.failed();
    this.meters =
        RequestMeters.of(
            failed,
            "counterfoil.authority.requests.malformed",
            "counterfoil.authority.requests.failed");
    this.signIn = served.people().map(People::signIn);
    this.answers = new HttpAnswers(domain.issuer());
    this.watchers = Watchers.of(domain.watchers());
    ClientAddress addresses = new ClientAddress(domain.trustedProxies());
    IssueTimes times = new IssueTimes(clock, startedAt);
    ClientAuthenticator authenticator =
        new ClientAuthenticator(
            served.clients(),
            new ClientAssertions(
                domain.issuer(),
                domain.url("/token"),
                served.clients(),
                served.once().assertions(),
                clock,
                times));
    IssuedTokens tokens =
        new IssuedTokens(served.verifier(), served.neighbours(), published, domain.issuer());
    TokenEndpoint tokenEndpoint =
        new TokenEndpoint(
            authenticator,
            new DpopProofs(domain.url("/token"), served.once().proofs(), clock, times),
            addresses,
            cosigned.signers(),
            published,
            domain.defaultAudiences(),
            domain.tokenLife(),
            new TokenProofs(served.logs(), served.policy()),
            served.audienceMarks(),
            new MisplacedTokens(tokens, domain.url("/token"), addresses),
            served
                .people()
                .map(
                    people ->
                        new PersonTokens(
                            served.grants().orElseThrow(), people.directory().groups()))
                .orElse(null),
            served.sharing().map(Sharing::homes).orElse(null),
            clock);
    this.token = audit.audited(Operation.TOKEN_REFUSE, addresses, tokenEndpoint);
    this.introspection =
        audit.audited(
            Operation.TOKEN_INTROSPECT_REFUSE,
            addresses,
            new IntrospectionEndpoint(
                authenticator,
                tokens,
                domain.url("/introspect"),
                addresses,
                served
                    .people()
                    .map(people -> new Usernames(people.directory(), clock))
                    .orElse(null),
                audit));
    this.revocation =
        audit.audited(
            Operation.TOKEN_REVOKE_REFUSE,
            addresses,
            new RevocationEndpoint(
                authenticator,
                new RevocationQuota(clock, RevocationQuota.CLIENTS_MAX),
                tokens,
                served.revoking(),
                served.grants().orElse(null),
                served.sharing().map(Sharing::homes).orElse(null),
                domain.url("/revoke"),
                addresses,
                audit));
    this.addresses = addresses;
    this.connect =
        served.people().isEmpty()
            ? Optional.empty()
            : Optional.of(
                ConnectRoutes.of(served, tokens, authenticator, times, addresses, random, clock));
    this.signals = SignalsRoutes.of(served, tokens, addresses, random, clock);
    this.peerListener =
        served
            .sharing()
            .map(
                with ->
                    new PeerListener(
                        with.peers(),
                        served.once().assertions(),
                        served.once().proofs(),
                        connect.orElseThrow().pushedRequests(),
                        times,
                        signIn.orElseThrow()));
    this.browsers =
        served
            .sharing()
            .map(with -> new BrowserHomes(with.peers(), signIn.orElseThrow(), domain.path()));
    this.logs =
        new LogEndpoint(
            domain.path(),
            served.logs(),
            served.indexes(),
            new CounterfoilsEndpoint(
                new BearerScope(tokens, addresses, CounterfoilsEndpoint.SCOPE),
                cosigned.signers(),
                domain.issuer(),
                clock,
                // Within the time after which the listener ends a connection as idle.
                domain.readTimeout().dividedBy(2),
                waiting.polls(),
                audit,
                addresses),
            new ReleasedEndpoint(
                new BearerScope(tokens, addresses, ReleasedEndpoint.SCOPE),
                cosigned.signers(),
                domain.issuer()),
            waiting.heads(),
            waiting.polls(),
            waiting.leaves());
    this.record =
        audit.audited(
            Operation.DIGESTS_RECORD,
            addresses,
            new RecordEndpoint(
                new BearerScope(tokens, addresses, ClientRegistration.RECORD_SCOPE),
                served.indexes(),
                cosigned.signers().recording(),
                random,
                domain.url("/record"),
                meters,
                audit));
    Gauge.builder("counterfoil.authority.digests.indexed", served.indexes(), RecordIndexes::indexed)
        .description("Entries of record logs that can be found by their digest")
        .register(meters);
    this.keys =
        new PublicKeys(
            published,
            FileDisk.toRead(domain.logFolder().resolve(KeyLog.NAME)),
            served.fetches(),
            addresses,
            random,
            clock);
    this.statusLists =
        new StatusListEndpoint(domain.path(), published, served.logs(), served.registrar(), clock);
    this.held =
        new HeldEndpoint(
            domain.path(), cosigned.signers(), cosigned.registrar(), domain.cosigners());
    Gauge.builder("counterfoil.authority.key.log.followers", waiting.heads(), HeadWaiters::waiting)
        .description("Verifiers that wait to hear of the next change of the key log")
        .register(meters);
    Gauge.builder(
            "counterfoil.authority.groups.to.revoke", served.clients(), all -> all.pending().size())
        .description("Clients that were taken out, whose tokens the registrar has still to revoke")
        .register(meters);
    Gauge.builder("counterfoil.authority.long.polls", waiting.polls(), LongPolls::waiting)
        .description("Answers that are held back; half as many as connections-max have a place")
        .register(meters);
    Gauge.builder(
            "counterfoil.authority.leaves.followers", waiting.leaves(), LeavesEndpoint::waiting)
        .description("Verifiers that wait for the next leaf of a log")
        .register(meters);
    DomainGauges gauges = new DomainGauges(meters);
    List<Signers.One> signers = cosigned.signers().all();
    for (int i = 0; i < signers.size(); i++) {
      String process = process(signers.get(i));
      cosigned.rounds().get(i).register(meters, process);
      gauges.ofLogs(process, signers.get(i).view());
    }
    cosigned.keyLogRounds().register(meters, "registrar");
    gauges.ofLogs("registrar", cosigned.registrar());
    this.administration =
        AdministrationApi.of(
            served.commands(), served.clients(), tokens, addresses, domain, audit, clock);
    this.health =
        new Health(
            signIn.isPresent(),
            served.registrar(),
            published,
            cosigned,
            served.monitorWatch(),
            served.sharing().map(Sharing::peers),
            served.pollers(),
            clock);
    this.published = published;
    this.clock = clock;
    gauges.of(tokenEndpoint, served);
    this.limits = DomainLimits.of(served);
    for (Limit limit : limits) {
      Gauge.builder(Limit.METRIC, limit, Limit::usedRatio)
          .description(Limit.METRIC_MEANING)
          .tag("resource", limit.resource())
          .register(meters);
    }
  }

  /** What other authorities of the domain find here; empty where there are none. */
  Optional<PeerListener> peerListener() {
    return peerListener;
  }

  /** What is to be looked at while it serves. */
  List<Limit> limits() {
    return limits;
  }

  /** What a signer's process is called in figures and in health. */
  static String process(Signers.One signer) {
    return signer.name().equals(SignerName.FIRST) ? "signer" : "signer-" + signer.name();
  }

  /**
   * What lies at a path of its own.
   *
   * @param methods that it takes
   * @param path below the issuer
   * @param name for its meter
   * @param audit how it stands in the audit log
   * @param action what it does
   */
  public record Place(
      List<Method> methods, String path, String name, RouteAudit audit, Endpoint.Action action) {
    public Place {
      methods = List.copyOf(methods);
    }

    Place(Method method, String path, String name, RouteAudit audit, Endpoint.Action action) {
      this(List.of(method), path, name, audit, action);
    }
  }

  /** Everything that has a path of its own. */
  public List<Place> places() {
    List<Place> all = new ArrayList<>(ofClients());
    connect.ifPresent(
        rooms -> {
          all.addAll(rooms.places(addresses));
          all.add(metadata(OPENID_METADATA, Metadata::ofOpenIdProvider));
        });
    signals.ifPresent(rooms -> all.addAll(rooms.places(addresses)));
    return List.copyOf(all);
  }

  private List<Place> ofClients() {
    return List.of(
        // A token that is issued is recorded by the signer, and nowhere a second time.
        new Place(
            Method.POST,
            "/token",
            "token",
            RouteAudit.events(
                Operation.TOKEN_ISSUE, Operation.TOKEN_REFUSE, Operation.CREDENTIAL_REUSE),
            token),
        new Place(
            Method.POST,
            "/introspect",
            "introspect",
            RouteAudit.events(Operation.TOKEN_INTROSPECT, Operation.TOKEN_INTROSPECT_REFUSE),
            introspection),
        new Place(
            Method.POST,
            "/revoke",
            "revoke",
            RouteAudit.events(
                Operation.TOKEN_REVOKE, Operation.TOKEN_REVOKE_REFUSE, Operation.GRANT_END),
            revocation),
        new Place(
            Method.POST, "/record", "record", RouteAudit.events(Operation.DIGESTS_RECORD), record),
        keySet(JWKS, keys::jwks),
        keySet(SIGNED_JWKS, keys::signedJwks),
        keySet(SIGNATURE_ONLY_JWKS, keys::signatureOnlyJwks),
        keySet(SIGNED_SIGNATURE_ONLY_JWKS, keys::signedSignatureOnlyJwks),
        keySet(HISTORICAL_KEYS, keys::historicalKeys),
        new Place(
            Method.GET,
            StatusListEndpoint.JWKS,
            "status",
            RouteAudit.none("public keys, for everybody"),
            statusLists::jwks),
        metadata(OAUTH_METADATA, Metadata::of),
        machine("/health/live", "health", "that the process lives", health::live),
        machine(
            "/health/ready",
            "health",
            "how the domain's processes and cosigners are, and nothing of clients or tokens",
            health::ready),
        machine(
            "/metrics", "metrics", "how the process is, and nothing of anybody", this::metrics));
  }

  private static Place keySet(String path, Endpoint.Action action) {
    return new Place(
        Method.GET, path, "jwks", RouteAudit.none("public keys, for everybody"), action);
  }

  private Place metadata(String path, BiFunction<Domain, Predicate<String>, byte[]> document) {
    return new Place(
        Method.GET,
        path,
        "metadata",
        RouteAudit.none("public, for everybody"),
        (request, response) -> metadata(response, document));
  }

  private static Place machine(String path, String name, String says, Endpoint.Action action) {
    return new Place(Method.GET, path, name, RouteAudit.none(says), action);
  }

  /** How what lies below /logs stands in the audit log. */
  public static final Map<String, RouteAudit> LOGS_AUDIT =
      Map.of(
          "/status/{log}/{number}",
          RouteAudit.none("which tokens are revoked, which is public"),
          "/logs/{log}/held",
          RouteAudit.none("cosignatures, which stand in the log's own notes"),
          "/logs/{log}/counterfoils",
          RouteAudit.events(Operation.COUNTERFOILS_READ),
          "/logs/{log}/released",
          RouteAudit.none(
              "whether one token was handed out, to the monitor, which holds all counterfoils"),
          "/logs",
          RouteAudit.none("public tiles, proofs and leaves, which say nothing of anybody"));

  void register(HttpRouting.Builder routing) {
    browsers.ifPresent(routing::addFilter);
    for (Place place : places()) {
      exact(
          routing,
          domain.path() + place.path(),
          ofBrowsers(place.path(), endpoint(place.methods(), place.name(), place.action())));
    }
    routing.route(
        method -> method.equals(Method.POST),
        PathMatchers.pattern(domain.path() + "/logs/{log}/held"),
        endpoint(Method.POST, "held", held));
    routing.route(
        method -> true,
        PathMatchers.pattern(domain.path() + StatusListEndpoint.PREFIX + "{log}/{number}"),
        endpoint(Method.GET, "status", statusLists::list));
    routing.route(
        method -> true,
        PathMatchers.prefix(domain.path() + "/logs"),
        endpoint(Method.GET, "logs", logs));
    administration.ifPresent(
        action ->
            routing.route(
                method -> true,
                PathMatchers.prefix(domain.path() + AdministrationRoute.BASE),
                endpoint(AdministrationApi.METHODS, "administration", action)));
    signIn.ifPresent(pages -> pages.register(routing));
    if (!domain.path().isEmpty()) {
      // RFC 8414 3.1: the well-known part stands before the issuer's path.
      exact(
          routing,
          OAUTH_METADATA + domain.path(),
          ofBrowsers(
              OAUTH_METADATA,
              endpoint(
                  Method.GET,
                  "metadata",
                  (request, response) -> metadata(response, Metadata::of))));
    }
    if (!domain.path().isEmpty()) {
      // SSF 1.0 7.1.1: here, too.
      signals.ifPresent(
          rooms ->
              exact(
                  routing,
                  SignalsMetadata.PATH + domain.path(),
                  endpoint(Method.GET, "metadata", rooms::metadata)));
    }
    routing.any(
        (request, response) ->
            answers.refuse(
                response, OAuthError.of(OAuthError.Code.NOT_FOUND, "nothing lies at this path")));
    routing.error(Throwable.class, this::failed);
  }

  private Endpoint endpoint(Method method, String name, Endpoint.Action action) {
    return endpoint(List.of(method), name, action);
  }

  private Endpoint endpoint(List<Method> methods, String name, Endpoint.Action action) {
    return new Endpoint(methods, answers, new EndpointMeter(meters, name), action);
  }

  private static void exact(HttpRouting.Builder routing, String path, Handler handler) {
    routing.route(method -> true, PathMatchers.exact(path), handler);
  }

  /** Pages of browser applications may ask some endpoints, where people sign in. */
  private Handler ofBrowsers(String path, Endpoint endpoint) {
    return signIn.isPresent() && OF_BROWSERS.contains(path)
        ? new CrossOrigin(endpoint, clients::isBrowserOrigin)
        : endpoint;
  }

  private void metadata(
      ServerResponse response, BiFunction<Domain, Predicate<String>, byte[]> document)
      throws InterruptedException {
    Optional<KeySet> keys = published.current().map(PublishedKeys.Published::set);
    Instant now = clock.instant();
    response
        .header("Content-Type", "application/json")
        .header("Cache-Control", "public, max-age=300")
        .send(document.apply(domain, type -> Readiness.signs(keys, type, now)));
  }

  private void metrics(ServerRequest request, ServerResponse response) {
    if (!watchers.admit(request)) {
      answers.refuse(response, OAuthError.of(OAuthError.Code.ACCESS_DENIED, Watchers.REFUSAL));
      return;
    }
    RequestMeters.send(meters, response);
  }

  /** Requests that came to nothing. */
  FailedRequests failed() {
    return failed;
  }

  private void failed(ServerRequest request, ServerResponse response, Throwable failure) {
    failed.failed(domain.name(), failure);
    answers.refuse(
        response.header(HeaderValues.CONNECTION_CLOSE),
        TablePlace.isAway(failure)
            ? SignerRefusals.databaseUnavailable()
            : OAuthError.of(OAuthError.Code.SERVER_ERROR, "the server failed; its log shows why"));
  }
}
