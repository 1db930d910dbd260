package dev.counterfoil.authority;

import dev.counterfoil.authority.settings.AdministrationEntry;
import dev.counterfoil.authority.settings.AuthorityConfiguration;
import dev.counterfoil.authority.settings.CosignerEntry;
import dev.counterfoil.authority.settings.PeersEntry;
import dev.counterfoil.authority.settings.PeopleEntry;
import dev.counterfoil.authority.settings.PostgresEntry;
import dev.counterfoil.authority.settings.UpstreamEntry;
import dev.counterfoil.configuration.HostPort;
import dev.counterfoil.configuration.UnixSocketPath;
import dev.counterfoil.directory.database.PostgresServer;
import dev.counterfoil.directory.database.TableMove;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.NoteSigner;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One domain's authority in this process, with signer and registrar in memory. */
public final class RunningDomain implements AutoCloseable {
  public static final String AUDIENCE = "https://mail.example";

  /** One whose leaves can be had by themselves. */
  public static final String PART_AUDIENCE = "https://calendar.example";

  public final Path folder;
  final String name;
  public final String issuer;
  public final FakeSigner signer;
  public final NoteKey logKey;
  public final FakeRegistrar registrar;
  AuthorityConfiguration.Domain configuration;
  private @Nullable AuthorityProcess apart;
  private final HttpClient http = HttpClient.newHttpClient();
  private final boolean isSecond;
  private Authority authority;
  public final AuthorityAdmin admin;

  public RunningDomain(Path folder, String name, String issuer, List<String> proxies)
      throws Exception {
    this(folder, name, issuer, proxies, List.of(), List.of(), null, Duration.ofSeconds(30));
  }

  /** The same with a monitor, and with signers and cosigners beside. */
  public RunningDomain(
      Path folder,
      String name,
      String issuer,
      List<String> proxies,
      List<AuthorityConfiguration.SpareSigner> spares,
      List<CosignerEntry> cosigners,
      @Nullable URI monitor,
      Duration readTimeout)
      throws Exception {
    this(
        folder,
        name,
        issuer,
        proxies,
        spares,
        cosigners,
        monitor,
        readTimeout,
        Optional.of(PeopleEntry.in(folder.resolve("people.db"))),
        Optional.of(AdministrationEntry.onThisHost()),
        Optional.empty(),
        Optional.empty(),
        0);
  }

  /** A new database, with its password in a file of a folder. */
  public static PostgresEntry database(PostgresServer server, Path folder) throws Exception {
    Path password = folder.resolve("password");
    Files.writeString(password, server.password() + "\n");
    Files.setPosixFilePermissions(password, PosixFilePermissions.fromString("rw-------"));
    return new PostgresEntry(server.address(server.makeDatabase()), Optional.of(password));
  }

  /** One whose people and clients are in PostgreSQL. */
  public static RunningDomain on(PostgresEntry postgres, Path folder) throws Exception {
    return shared(postgres, Optional.empty(), folder);
  }

  /** One that is administered at its socket alone. */
  public static RunningDomain withoutAdministration(Path folder, String issuer) throws Exception {
    return administered(folder, issuer, Optional.empty());
  }

  /** One that is administered otherwise. */
  public static RunningDomain administered(
      Path folder, String issuer, Optional<AdministrationEntry> administration) throws Exception {
    return alone(
        folder,
        "enterprise",
        issuer,
        Optional.of(PeopleEntry.in(folder.resolve("people.db"))),
        administration,
        0);
  }

  /** One that reaches these networks, and whose people may sign in at these providers. */
  public static RunningDomain reaching(
      Path folder, String issuer, List<String> outboundNetworks, List<UpstreamEntry> upstreams)
      throws Exception {
    return reaching(folder, issuer, outboundNetworks, upstreams, 0);
  }

  /** The same at a port of this host, where others find it by its issuer URL. */
  public static RunningDomain at(int port, Path folder, List<UpstreamEntry> upstreams)
      throws Exception {
    return reaching(folder, "http://127.0.0.1:" + port, List.of(), upstreams, port);
  }

  private static RunningDomain reaching(
      Path folder,
      String issuer,
      List<String> outboundNetworks,
      List<UpstreamEntry> upstreams,
      int port)
      throws Exception {
    PeopleEntry in = PeopleEntry.in(folder.resolve("people.db"));
    PeopleEntry people =
        new PeopleEntry(
            in.database(),
            in.brand(),
            in.sessionLife(),
            in.recoveryDelay(),
            in.passwords(),
            outboundNetworks,
            upstreams,
            in.signInDomains(),
            in.passkeyHost(),
            in.relatedOrigins());
    return alone(folder, "enterprise", issuer, Optional.of(people), Optional.empty(), port);
  }

  /** One in which nobody signs in. */
  public static RunningDomain withoutPeople(Path folder, String issuer) throws Exception {
    return alone(folder, "machines", issuer, Optional.empty(), Optional.empty(), 0);
  }

  private static RunningDomain alone(
      Path folder,
      String name,
      String issuer,
      Optional<PeopleEntry> people,
      Optional<AdministrationEntry> administration,
      int port)
      throws Exception {
    return new RunningDomain(
        folder,
        name,
        issuer,
        List.of(),
        List.of(),
        List.of(),
        null,
        Duration.ofSeconds(30),
        people,
        administration,
        Optional.empty(),
        Optional.empty(),
        port);
  }

  /** The first of two authorities of one domain. */
  public static RunningDomain first(PostgresEntry postgres, PeersEntry peers, Path folder)
      throws Exception {
    return shared(postgres, Optional.of(peers), folder);
  }

  private static RunningDomain shared(
      PostgresEntry postgres, Optional<PeersEntry> peers, Path folder) throws Exception {
    return new RunningDomain(
        folder,
        "enterprise",
        "https://login.example",
        List.of(),
        List.of(),
        List.of(),
        null,
        Duration.ofSeconds(30),
        Optional.of(PeopleEntry.in(folder.resolve("people.db"))),
        Optional.of(AdministrationEntry.onThisHost()),
        Optional.of(postgres),
        peers,
        0);
  }

  /** The second one, at the same signer and registrar, with grants and sessions of its own. */
  public RunningDomain second(PeersEntry peers, Path own) throws Exception {
    return new RunningDomain(this, peers, own);
  }

  private RunningDomain(RunningDomain one, PeersEntry peers, Path folder) throws Exception {
    this.folder = Files.createDirectories(folder);
    this.name = one.name;
    this.issuer = one.issuer;
    this.signer = one.signer;
    this.registrar = one.registrar;
    this.logKey = one.logKey;
    this.isSecond = true;
    // What an operator copies to it.
    Files.copy(one.folder.resolve("sign-in-key"), folder.resolve("sign-in-key"));
    configuration =
        changed(one.configuration, folder, one.configuration.postgresql(), Optional.of(peers));
    authority = startAuthority();
    admin = new AuthorityAdmin(folder.resolve("a.sock"));
    awaitKeys();
  }

  private static AuthorityConfiguration.Domain changed(
      AuthorityConfiguration.Domain of,
      Path folder,
      Optional<PostgresEntry> postgres,
      Optional<PeersEntry> peers) {
    return new AuthorityConfiguration.Domain(
        of.name(),
        of.issuer(),
        of.listen(),
        of.signerSocket(),
        of.spareSigners(),
        of.registrarSocket(),
        new UnixSocketPath(folder.resolve("a.sock")),
        of.adminUsers(),
        of.policy(),
        of.logFolder(),
        folder.resolve("clients.db"),
        of.pepper(),
        postgres,
        peers,
        Optional.of(PeopleEntry.in(folder.resolve("people.db"))),
        of.administration(),
        of.defaultAudiences(),
        of.tokenLife(),
        of.trustedProxies(),
        of.connectionsMax(),
        of.readTimeout(),
        of.monitorUrl(),
        of.monitorWatch(),
        of.ownTenant(),
        of.cosigners(),
        of.audienceStreams(),
        of.watchers());
  }

  /** Moves its people and clients, and has it serve from there when it begins again. */
  TableMove.Outcome moveTo(PostgresEntry postgres) throws Exception {
    AuthorityConfiguration.Domain then =
        changed(configuration, folder, Optional.of(postgres), Optional.empty());
    TableMove.Outcome outcome = DirectoryMove.move(then);
    configuration = then;
    return outcome;
  }

  /**
   * Its authority becomes a process of its own, on the same files.
   *
   * @param own where that is configured
   */
  public AuthorityProcess runApart(Path own) throws Exception {
    authority.close();
    apart = AuthorityProcess.start(configuration, Files.createDirectories(own));
    awaitKeys();
    return apart;
  }

  /** Its authority ends, and what it held stays on disk. */
  public void stopAuthority() throws Exception {
    authority.close();
  }

  /** It begins again after {@link #stopAuthority}. */
  public void startAuthorityAgain() throws Exception {
    authority = startAuthority();
    awaitKeys();
  }

  private RunningDomain(
      Path folder,
      String name,
      String issuer,
      List<String> proxies,
      List<AuthorityConfiguration.SpareSigner> spares,
      List<CosignerEntry> cosigners,
      @Nullable URI monitor,
      Duration readTimeout,
      Optional<PeopleEntry> people,
      Optional<AdministrationEntry> administration,
      Optional<PostgresEntry> postgres,
      Optional<PeersEntry> peers,
      int port)
      throws Exception {
    this.folder = Files.createDirectories(folder);
    this.name = name;
    this.issuer = issuer;
    Clock clock = Clock.systemUTC();
    NoteSigner logKey =
        new FakeRegistrar.Ed25519()
            .noteSigner(issuer.replaceFirst("^https?://", "") + "/logs/" + FakeSigner.LOG);
    this.logKey = logKey.key();
    this.isSecond = false;
    signer = new FakeSigner(folder, issuer, logKey, clock);
    registrar =
        new FakeRegistrar(
            folder.resolve("r.sock"), name, issuer, signer.publicKey(), logKey.key(), clock);
    signer.start();
    registrar.start();
    Files.writeString(folder.resolve("policy.txt"), registrar.policy().text());
    configuration =
        new AuthorityConfiguration.Domain(
            name,
            URI.create(issuer),
            new HostPort("127.0.0.1", port),
            new UnixSocketPath(folder.resolve("s.sock")),
            spares,
            new UnixSocketPath(folder.resolve("r.sock")),
            new UnixSocketPath(folder.resolve("a.sock")),
            List.of(),
            folder.resolve("policy.txt"),
            folder.resolve("log"),
            folder.resolve("clients.db"),
            folder.resolve("pepper"),
            postgres,
            peers,
            people,
            administration,
            List.of(AUDIENCE),
            Duration.ofMinutes(10),
            proxies,
            64,
            readTimeout,
            Optional.ofNullable(monitor),
            Optional.empty(),
            "counterfoil",
            cosigners,
            List.of(PART_AUDIENCE),
            List.of());
    authority = startAuthority();
    admin = new AuthorityAdmin(folder.resolve("a.sock"));
    awaitKeys();
  }

  /**
   * Until the key set is there tokens are answered 503, and a test would see that or not by chance.
   */
  private void awaitKeys() throws Exception {
    for (int i = 0; i < 1_000 && get("/jwks").statusCode() != 200; i++) {
      Thread.sleep(10);
    }
  }

  public RunningDomain(Path folder) throws Exception {
    this(folder, "enterprise", "https://login.example", List.of());
  }

  private Authority startAuthority() throws Exception {
    return startAuthority(Instant.now().minusSeconds(60));
  }

  private Authority startAuthority(Instant startedAt) throws Exception {
    return Authority.start(
        new AuthorityConfiguration(List.of(configuration)),
        Clock.systemUTC(),
        new SecureRandom(),
        startedAt);
  }

  /** Stops the authority and starts it again on the same files. */
  public void restart() throws Exception {
    authority.close();
    authority = startAuthority();
  }

  /** The same of a process that began at a time. */
  public void restart(Instant startedAt) throws Exception {
    authority.close();
    authority = startAuthority(startedAt);
    awaitKeys();
  }

  /** What serves the domain. */
  public DomainServer server() {
    return authority.server(name);
  }

  int port() {
    return apart == null ? authority.port(name) : apart.port();
  }

  public URI at(String path) {
    String issuerPath = URI.create(issuer).getRawPath();
    return URI.create("http://127.0.0.1:" + port() + issuerPath + path);
  }

  public HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    HttpRequest built = request.timeout(Duration.ofSeconds(20)).build();
    try {
      return http.send(built, HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      // The server closes a connection whose last request it refused with its body unread, and the
      // client may have taken that connection for this one.
      return http.send(built, HttpResponse.BodyHandlers.ofString());
    }
  }

  public HttpResponse<String> get(String path) throws Exception {
    return send(HttpRequest.newBuilder(at(path)).GET());
  }

  /** A form to an endpoint, without credentials of its own. */
  public HttpRequest.Builder form(String path, String... namesAndValues) {
    StringBuilder body = new StringBuilder();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      body.append(body.isEmpty() ? "" : "&")
          .append(encode(namesAndValues[i]))
          .append('=')
          .append(encode(namesAndValues[i + 1]));
    }
    return HttpRequest.newBuilder(at(path))
        .header("Content-Type", "application/x-www-form-urlencoded")
        .POST(HttpRequest.BodyPublishers.ofString(body.toString()));
  }

  /** The plainest request for a token. */
  public HttpRequest.Builder tokenRequest(String clientId, String secret) {
    return form("/token", "grant_type", "client_credentials")
        .header("Authorization", basic(clientId, secret));
  }

  public String token(String clientId, String secret) throws Exception {
    return json(send(tokenRequest(clientId, secret))).string("access_token");
  }

  public static String basic(String clientId, String secret) {
    return "Basic "
        + Base64.getEncoder()
            .encodeToString(
                (encode(clientId) + ":" + encode(secret)).getBytes(StandardCharsets.UTF_8));
  }

  public static JsonObject json(HttpResponse<String> response) throws Exception {
    return StrictJson.object(response.body().getBytes(StandardCharsets.UTF_8), 1 << 20);
  }

  public static JsonObject claims(String token) throws Exception {
    return StrictJson.object(Base64.getUrlDecoder().decode(token.split("\\.", -1)[1]), 1 << 16);
  }

  static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws IOException {
    admin.close();
    if (apart == null) {
      authority.close();
    } else {
      apart.kill();
    }
    if (!isSecond) {
      signer.close();
      registrar.close();
    }
    // Whatever still waits for an answer of a server that is gone is given up.
    http.shutdownNow();
    http.close();
  }
}
