package dev.counterfoil.drills.attach;

import dev.counterfoil.authority.AuthorityAdmin;
import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.drills.attach.RealmClient.Tokens;
import dev.counterfoil.drills.domain.IssuerClient;
import dev.counterfoil.drills.domain.MonitorDesk;
import dev.counterfoil.drills.domain.ThrowawayInstallation;
import dev.counterfoil.drills.run.Await;
import dev.counterfoil.drills.run.DrillRun;
import dev.counterfoil.drills.run.FreePorts;
import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.KeyStatement.Assurance;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.installation.Programs;
import dev.counterfoil.installation.layout.DataFolder.DomainFolder;
import dev.counterfoil.installation.layout.InstallationClients;
import dev.counterfoil.installation.layout.InstallationConfiguration;
import dev.counterfoil.monitor.attached.IssuerKeys;
import dev.counterfoil.operations.OperatorClient;
import dev.counterfoil.verifier.Expectations;
import dev.counterfoil.verifier.Refused;
import dev.counterfoil.verifier.RequestContext;
import dev.counterfoil.verifier.Verification;
import dev.counterfoil.verifier.Verified;
import dev.counterfoil.verifier.Verifier;
import dev.counterfoil.verifier.reading.HttpReadSide;
import dev.counterfoil.verifier.reading.ReadSide;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.json.JsonMapper;

/** One trust domain, a Keycloak that is attached to it, and a service that takes its tokens. */
final class AttachStage {
  /** For how long Keycloak releases tokens while the record is away. */
  static final Duration RELEASE_FOR = Duration.ofSeconds(15);

  private static final String DOMAIN = "main";
  private static final String TENANT = "acme";
  private static final String SERVICE = "shop-api";
  private static final String SOURCE = "keycloak";
  private static final String REALM = "shop";
  private static final String DOOR = "d1g1";
  private static final Duration LIFE_MAX = Duration.ofMinutes(15);
  private static final Duration VALID = Duration.ofDays(30);
  private static final Pattern KEPT = Pattern.compile("(?m)^counterfoil_keycloak_kept (\\S+)$");
  private static final URI ORDERS = URI.create("https://shop-api.example/orders");
  private static final String AUDIENCE =
      """
      {"name":"audience","protocol":"openid-connect","protocolMapper":"oidc-audience-mapper",
       "config":{"included.custom.audience":"%s","access.token.claim":"true"}}"""
          .formatted(SERVICE);

  private final DrillRun run;
  private final ThrowawayInstallation installation;
  private final AttachedKeycloak keycloak;
  private final RealmClient realm;
  private final RealmClient master;
  private final IssuerClient authority;
  private final String issuer;
  private final RealmKey key = new RealmKey();
  private final String secret;
  private final String password;
  private final Verifier service;
  private final Expectations expectations;

  AttachStage(DrillRun run, Path keycloaks, Path jar) throws Exception {
    this.run = run;
    this.secret = word();
    this.password = word();
    List<Integer> ports = FreePorts.find(4);
    issuer = "http://127.0.0.1:" + ports.get(2) + "/realms/" + REALM;
    installation =
        new ThrowawayInstallation(
            run, List.of(domain(ports.getFirst())), ports.get(1), Programs.ofThisProcess());
    authority = run.open(new IssuerClient(ThrowawayInstallation.issuer(ports.getFirst())));
    Await.require("a signer", () -> authority.health().contains("\"connected\":true"));
    Path key = registerSource();
    Path home =
        AttachedKeycloak.prepare(
            keycloaks,
            run.folder().resolve("keycloak"),
            Optional.of(jar),
            options(key, run.folder().resolve("kept")));
    Path imported = Files.createDirectories(home.resolve("data/import"));
    Files.writeString(imported.resolve(REALM + "-realm.json"), realmFile());
    keycloak =
        run.open(
            AttachedKeycloak.start(
                home,
                ports.get(2),
                ports.get(3),
                REALM,
                Map.of(
                    "KC_BOOTSTRAP_ADMIN_CLIENT_ID",
                    "drill",
                    "KC_BOOTSTRAP_ADMIN_CLIENT_SECRET",
                    secret)));
    realm = run.open(new RealmClient(keycloak.realm(REALM)));
    master = run.open(new RealmClient(keycloak.realm("master")));
    confirmKeys();
    ReadSide network = HttpReadSide.create(Await.PATIENCE);
    service =
        run.open(
            Verifier.builder(installation.policy(DOMAIN))
                .network(network)
                .clock(run.clock())
                .sightings(installation.desk().sink(installation.policy(DOMAIN).issuer()))
                .build());
    expectations =
        Expectations.audience(SERVICE)
            .accessToken()
            .tenant(TENANT)
            .bearerAllowed()
            .attachedIssuer(issuer);
    Await.require("a service that is ready", service::isReady);
  }

  private InstallationConfiguration.Domain domain(int port) {
    return new InstallationConfiguration.Domain(
            DOMAIN,
            ThrowawayInstallation.issuer(port),
            ThrowawayInstallation.listen(port),
            List.of(TENANT),
            List.of(SERVICE, "account"),
            LIFE_MAX,
            Duration.ofHours(24),
            Map.of(),
            List.of())
        .attaching(List.of(issuer));
  }

  private Path registerSource() throws Exception {
    DomainFolder folder = installation.data().domain(DOMAIN);
    Path key = folder.privateKey(SOURCE);
    try (AuthorityAdmin admin = installation.installation().admin(DOMAIN)) {
      admin.register(
          ClientRegistration.withKeys(
              SOURCE,
              TENANT,
              InstallationClients.keysOf(key),
              List.of(authority.issuer().toString()),
              List.of("counterfoil:record")));
    }
    return key;
  }

  private List<String> options(Path key, Path kept) {
    String option = "spi-counterfoil--record--";
    return List.of(
        "health-enabled=true",
        "metrics-enabled=true",
        option + "issuer=" + authority.issuer(),
        option + "client=" + SOURCE,
        option + "key-file=" + key,
        option + "timeout=2s",
        option + "release-for=" + RELEASE_FOR.toSeconds() + "s",
        option + "kept-file=" + kept);
  }

  private String realmFile() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(
            Attach.class.getResourceAsStream("/dev/counterfoil/drills/attach-realm.json"))) {
      String pem = JsonMapper.shared().writeValueAsString(key.pem());
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .replace("\"@KEY@\"", pem)
          .replace("@SECRET@", secret)
          .replace("@PASSWORD@", password)
          .replace("@AUDIENCE@", AUDIENCE);
    }
  }

  private String word() {
    byte[] bytes = new byte[16];
    run.random().nextBytes(bytes);
    return Base64Url.encode(bytes);
  }

  MonitorDesk desk() {
    return installation.desk();
  }

  /** The realm's first key, as the thief has it. */
  RealmKey stolen() {
    return key;
  }

  Tokens program() throws IOException, InterruptedException {
    return realm.asClient("robot", secret);
  }

  Tokens person() throws IOException, InterruptedException {
    return realm.asPerson("web", "ann", password);
  }

  Tokens refreshed(Tokens before) throws IOException, InterruptedException {
    return realm.refreshed("web", before.refresh());
  }

  String publishedKeys() throws IOException, InterruptedException {
    return realm.keys();
  }

  /** Gives the realm another key, as an administrator does. */
  void rotate() throws IOException, InterruptedException {
    realm.rotate(keycloak.admin(REALM), master.asClient("drill", secret).access());
  }

  /** Confirms every key that the realm publishes, as {@code counterfoil keys attach} does. */
  void confirmKeys() throws Exception {
    KeySet known = installation.keySet(DOMAIN);
    Instant now = run.now().truncatedTo(ChronoUnit.SECONDS);
    OperatorClient operator = new OperatorClient(installation.data().context(DOMAIN));
    for (IssuerKeys.Published published :
        IssuerKeys.read(HttpReadSide.create(Await.PATIENCE), issuer).keys()) {
      if (known.key(published.jwk().thumbprint()).isEmpty()) {
        operator.adopt(statement(published, now));
      }
    }
  }

  private KeyStatement statement(IssuerKeys.Published published, Instant now) {
    return KeyStatement.builder(published.jwk())
        .domain(DOMAIN)
        .issuer(issuer)
        .purpose("attached")
        .tenants(AllowList.of(TENANT))
        .tokenTypes(AllowList.of("JWT"))
        .audiences(AllowList.of(SERVICE, "account"))
        .lifeMax(LIFE_MAX)
        .active(now.minus(LIFE_MAX), now.plus(VALID))
        .verifyUntil(now.plus(VALID).plus(LIFE_MAX))
        .record(new RecordForm.Digest(DOOR))
        .alias(published.name())
        .custody("attached", Assurance.UNKNOWN)
        .build();
  }

  /** What the service says of a token. */
  Verification verify(String token) {
    return service.verify(token, expectations, RequestContext.of("GET", ORDERS, "192.0.2.7"));
  }

  /** Why the service refuses tokens, those that it does. */
  List<String> refused(Collection<String> tokens) {
    List<String> refused = new ArrayList<>();
    for (String token : tokens) {
      Verification answer = verify(token);
      if (answer instanceof Refused no) {
        refused.add(no.code().text());
      } else if (!(answer instanceof Verified verified && verified.issuer().equals(issuer))) {
        refused.add(answer.getClass().getSimpleName());
      }
    }
    return refused;
  }

  /** Whether the record log has a digest, at the latest when its next checkpoint is there. */
  boolean isRecorded(Hash digest) throws IOException, InterruptedException {
    return Await.comes(
        () -> {
          try {
            return authority
                .text("/logs/" + DOOR + "/digest/" + digest.hex())
                .contains("\"position\"");
          } catch (IOException e) {
            // Not yet under a checkpoint.
            return false;
          }
        });
  }

  /** The authority stands still: it takes connections, and answers none. */
  void stopDoor() throws IOException, InterruptedException {
    installation.signal("authority", "STOP");
  }

  void continueDoor() throws IOException, InterruptedException {
    installation.signal("authority", "CONT");
  }

  /** Whether Keycloak gives out a token. */
  boolean flows() throws IOException, InterruptedException {
    try {
      return !program().access().isEmpty();
    } catch (RealmClient.RefusedException e) {
      return false;
    }
  }

  /** Everything that Keycloak printed. */
  String keycloaksLog() throws IOException {
    return keycloak.printed();
  }

  /** How many digests Keycloak keeps. */
  int kept() throws IOException, InterruptedException {
    Matcher kept = KEPT.matcher(keycloak.management("/metrics"));
    if (!kept.find()) {
      throw new IOException("Keycloak's metrics say nothing of what is kept");
    }
    return (int) Double.parseDouble(kept.group(1));
  }
}
