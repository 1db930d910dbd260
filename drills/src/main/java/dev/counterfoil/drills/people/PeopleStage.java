package dev.counterfoil.drills.people;

import dev.counterfoil.authority.AuthorityAdmin;
import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.authority.clients.GrantType;
import dev.counterfoil.authority.clients.SignInTerms;
import dev.counterfoil.drills.domain.IssuerClient;
import dev.counterfoil.drills.domain.MonitorDesk;
import dev.counterfoil.drills.domain.SeenFinding;
import dev.counterfoil.drills.domain.ThrowawayInstallation;
import dev.counterfoil.drills.run.Await;
import dev.counterfoil.drills.run.DrillRun;
import dev.counterfoil.drills.run.FreePorts;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.installation.Programs;
import dev.counterfoil.installation.layout.InstallationConfiguration;
import dev.counterfoil.verifier.Expectations;
import dev.counterfoil.verifier.Refused;
import dev.counterfoil.verifier.RequestContext;
import dev.counterfoil.verifier.Verification;
import dev.counterfoil.verifier.Verifier;
import dev.counterfoil.verifier.reading.HttpReadSide;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** One trust domain in which people sign in, a web application, an API, and a person's browser. */
final class PeopleStage {
  private static final String DOMAIN = "main";
  private static final String TENANT = "acme";
  private static final String API = "orders-api";
  private static final String APPLICATION = "shop";
  private static final String PERSON = "ann";
  private static final URI ORDERS = URI.create("https://orders-api.example/orders");
  private static final Duration INVITED_FOR = Duration.ofHours(1);

  private static final Duration TURN = Duration.ofSeconds(31);

  /** What a revocation may take until every service knows. */
  static final Duration KNOWN_WITHIN = Duration.ofSeconds(2);

  private final ThrowawayInstallation installation;
  private final URI issuer;
  private final WebApplication application;
  private final Verifier api;
  private final String subject;
  private final URI invitation;

  PeopleStage(DrillRun run) throws Exception {
    List<Integer> ports = FreePorts.find(3);
    // A passkey belongs to a name, and not to an address.
    issuer = URI.create("http://localhost:" + ports.getFirst());
    installation =
        new ThrowawayInstallation(
            run,
            List.of(
                new InstallationConfiguration.Domain(
                        DOMAIN,
                        issuer,
                        ThrowawayInstallation.listen(ports.getFirst()),
                        List.of(TENANT),
                        // Clients are the audiences of ID tokens.
                        List.of("*"),
                        Duration.ofMinutes(15),
                        Duration.ofHours(24),
                        Map.of(),
                        List.of())
                    .signingPeopleIn()),
            ports.get(1),
            Programs.ofThisProcess());
    IssuerClient authority = run.open(new IssuerClient(issuer));
    Await.require("a signer", () -> authority.health().contains("\"connected\":true"));
    application = run.open(new WebApplication(issuer, ports.get(2), run.random()));
    application.as(
        installation.register(
            DOMAIN,
            ClientRegistration.withSecret(
                    APPLICATION, TENANT, List.of(API), List.of("openid", "profile", "orders:read"))
                .signingIn(
                    new SignInTerms(
                        Set.of(GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN),
                        List.of(application.callback().toString()),
                        List.of(),
                        Optional.empty(),
                        false))));
    try (AuthorityAdmin admin = installation.installation().admin(DOMAIN)) {
      subject = admin.people().add(TENANT, PERSON, "Ann Archer", Optional.empty()).subject();
      invitation = URI.create(admin.people().invite(PERSON, INVITED_FOR).link());
    }
    api =
        run.open(
            Verifier.builder(installation.policy(DOMAIN))
                .network(HttpReadSide.create(Await.PATIENCE))
                .clock(run.clock())
                .sightings(installation.desk().sink(issuer.toString()))
                .build());
    Await.require("an API that is ready", api::isReady);
  }

  URI issuer() {
    return issuer;
  }

  URI page(String path) {
    return URI.create(issuer + path);
  }

  WebApplication application() {
    return application;
  }

  /** The link that the operator sent. */
  URI invitation() {
    return invitation;
  }

  /** The person's {@code sub}. */
  String subject() {
    return subject;
  }

  /** Another person's browser, or the same one's next. */
  Browser browser(DrillRun run, String name) throws IOException, InterruptedException {
    Path chromium =
        Browser.installed()
            .orElseThrow(
                () ->
                    new IOException(
                        "there is no Chromium on this machine. Install it, on Debian with apt"
                            + " install chromium"));
    return run.open(Browser.start(chromium, run.folder().resolve("browser-" + name)));
  }

  /** What the API says of an access token. */
  Verification verify(String token) {
    return api.verify(
        token,
        Expectations.audience(API).accessToken().tenant(TENANT).bearerAllowed(),
        RequestContext.of("GET", ORDERS, "192.0.2.7"));
  }

  /** Waits until a session's secret is exchanged at the next page: every 30 seconds. */
  static void letSessionsTurn() throws InterruptedException {
    Thread.sleep(TURN);
  }

  /** How long it takes until the API refuses a token that it accepted; empty when it does not. */
  Optional<Duration> untilRefused(String token, Instant from)
      throws IOException, InterruptedException {
    return Await.comes(Duration.ofSeconds(15), () -> verify(token) instanceof Refused)
        ? Optional.of(Duration.between(from, Instant.now()))
        : Optional.empty();
  }

  /** What a trace says of where a token comes from. */
  JsonObject origin(String tokenId) throws IOException, FormatException {
    return installation.desk().trace(DOMAIN, TENANT, tokenId).object("origin");
  }

  /**
   * Whether a finding of a kind that names the person comes.
   *
   * @param credential what two hold; empty where the kind is not about that
   */
  boolean isFound(String kind, String credential) throws IOException, InterruptedException {
    MonitorDesk desk = installation.desk();
    return Await.comes(
        () ->
            desk.findings().stream()
                .filter(finding -> finding.kind().equals(kind))
                .map(SeenFinding::detail)
                .filter(
                    detail -> credential.isEmpty() || credential.equals(detail.get("credential")))
                .anyMatch(detail -> subject.equals(detail.get("person"))));
  }
}
