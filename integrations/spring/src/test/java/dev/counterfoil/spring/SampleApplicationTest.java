package dev.counterfoil.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.spring.sample.SampleApplication;
import dev.counterfoil.verifier.Expectations;
import dev.counterfoil.verifier.RequestContext;
import dev.counterfoil.verifier.StapledProof;
import dev.counterfoil.verifier.TestIssuer;
import dev.counterfoil.verifier.TestKeys;
import dev.counterfoil.verifier.TokenDraft;
import dev.counterfoil.verifier.Verifier;
import dev.counterfoil.verifier.dpop.DpopProof;
import dev.counterfoil.verifier.reading.ReadSide;
import dev.counterfoil.verifier.reporting.SightingReporter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.oauth2.jwt.BadJwtException;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.server.resource.introspection.OAuth2IntrospectionAuthenticatedPrincipal;
import org.springframework.security.oauth2.server.resource.introspection.OpaqueTokenIntrospector;

/** The sample application over HTTP, with an issuer in memory and a monitor that listens. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SampleApplicationTest {
  private final HttpClient http = HttpClient.newHttpClient();
  private final Queue<String> reported = new ConcurrentLinkedQueue<>();
  private final TestIssuer issuer =
      new TestIssuer("enterprise", "https://login.example/enterprise", InstantSource.system());
  private final TestKeys.Es256 key = issuer.addKey();
  private final TestKeys.Es256 client = new TestKeys.Es256();
  private HttpServer monitor;
  private ConfigurableApplicationContext application;
  private List<String> properties;
  private String url;

  @SuppressWarnings("NullAway.Init") // made in start
  SampleApplicationTest() {}

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    issuer.publish();
    Path policy = Files.writeString(folder.resolve("policy.txt"), issuer.policy().text());
    monitor = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    monitor.createContext(
        "/",
        exchange -> {
          reported.add(
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    monitor.start();
    SightingReporter reporter =
        new SightingReporter(
            URI.create("http://127.0.0.1:" + monitor.getAddress().getPort()),
            "sample",
            rejected -> "token",
            http,
            InstantSource.system());
    properties =
        List.of(
            "counterfoil.policy=" + policy,
            "counterfoil.audience=https://mail.example",
            "counterfoil.tenants=acme");
    application =
        sample(
            WebApplicationType.SERVLET,
            properties,
            context -> context.registerBean(SightingReporter.class, () -> reporter));
    String port =
        Objects.requireNonNull(application.getEnvironment().getProperty("local.server.port"));
    url = "http://localhost:" + port;
  }

  private ConfigurableApplicationContext sample(
      WebApplicationType type,
      List<String> counterfoil,
      Consumer<GenericApplicationContext> beans) {
    List<String> all = new ArrayList<>(counterfoil);
    all.add("logging.level.root=error");
    all.add("spring.main.banner-mode=off");
    all.add("server.port=0");
    all.add("server.address=127.0.0.1");
    all.add("management.endpoints.web.exposure.include=health,metrics");
    all.add("management.endpoint.health.show-details=always");
    return new SpringApplicationBuilder(SampleApplication.class)
        .web(type)
        .initializers(
            context -> {
              GenericApplicationContext registry = (GenericApplicationContext) context;
              registry.registerBean(ReadSide.class, () -> issuer);
              beans.accept(registry);
            })
        .properties(all.toArray(String[]::new))
        .run();
  }

  @AfterAll
  void stop() {
    application.close();
    monitor.stop(0);
  }

  private HttpResponse<String> get(String path, String... headers) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + path));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private HttpResponse<String> bearer(String token) throws Exception {
    return get("/inbox", "Authorization", "Bearer " + token);
  }

  private String issued() {
    return issuer.issue(issuer.draft(key), key);
  }

  private void assertRefused(HttpResponse<String> response, String code) throws Exception {
    assertThat(response.statusCode()).isEqualTo(401);
    assertThat(response.headers().firstValue("WWW-Authenticate").orElse("")).contains(code);
    assertThat(response.body()).isEmpty();
    assertThat(bearer(issued()).statusCode()).isEqualTo(200);
  }

  @Test
  void anIssuedTokenPassesAndItsClaimsAreThere() throws Exception {
    HttpResponse<String> response = bearer(issued());
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).isEqualTo("alice of acme");
    assertThat(get("/inbox").statusCode()).isEqualTo(401);
  }

  @Test
  void aTokenMadeWithTheStolenKeyIsRefusedAndReported() throws Exception {
    issued();
    String forged = issuer.draft(key).claim("sub", "mallory").at("s1g1", 0).signed(key);
    assertRefused(bearer(forged), "never-issued:");
    assertRefused(bearer(issuer.draft(key).at("s1g1", 0).signed(client)), "signature:");
    assertRefused(bearer("a.b.c"), "malformed:");
    // Other tests of this class report to the same monitor, without a request: wait for ours.
    for (int tries = 0; tries < 600 && reported.stream().noneMatch(this::isOurForgery); tries++) {
      Thread.sleep(50);
    }
    assertThat(reported).anyMatch(this::isOurForgery);
  }

  private boolean isOurForgery(String batch) {
    return batch.contains("\"outcome\":\"never-issued\"")
        && batch.contains("\"resource\":\"/inbox\"")
        && batch.contains("\"action\":\"GET\"")
        && batch.contains("\"client_address\":\"127.0.0.1\"");
  }

  @Test
  void whatIsExpiredOrForAnotherTenantIsRefused() throws Exception {
    Instant now = Instant.now();
    assertRefused(
        bearer(
            issuer.issue(
                issuer.draft(key).times(now.minusSeconds(600), now.minusSeconds(60)), key)),
        "expired:");
    assertRefused(
        bearer(issuer.issue(issuer.draft(key).claim("tenant", "globex"), key)), "tenant:");
    assertRefused(
        bearer(issuer.issue(issuer.draft(key).claim("aud", "https://files.example"), key)),
        "audience:");
  }

  @Test
  void aBoundTokenNeedsItsProof() throws Exception {
    JsonObject confirmation = JsonObject.builder().put("jkt", client.kid()).build();
    String token = issuer.issue(issuer.draft(key).claim("cnf", confirmation), key);
    assertRefused(bearer(token), "binding-missing:");
    String proof =
        new TokenDraft()
            .header("typ", "dpop+jwt")
            .header("alg", "ES256")
            .header("jwk", client.jwk().toJson())
            .claim("jti", "proof-1")
            .claim("htm", "GET")
            .claim("htu", url + "/inbox")
            .claim("iat", Instant.now().getEpochSecond())
            .claim("ath", DpopProof.accessTokenHash(token))
            .signed(client);
    HttpResponse<String> proven = get("/inbox", "Authorization", "DPoP " + token, "DPoP", proof);
    assertThat(proven.statusCode()).as(proven.headers().toString()).isEqualTo(200);
    HttpResponse<String> replayed = get("/inbox", "Authorization", "DPoP " + token, "DPoP", proof);
    assertThat(replayed.statusCode()).isEqualTo(401);
    assertThat(replayed.headers().firstValue("WWW-Authenticate").orElse(""))
        .contains("binding-invalid");
  }

  private ConfigurableApplicationContext decoding(boolean isReporting, String... more) {
    List<String> all = new ArrayList<>(properties);
    all.addAll(List.of(more));
    return sample(
        WebApplicationType.NONE,
        all,
        context -> {
          if (isReporting) {
            SightingReporter reporter = application.getBean(SightingReporter.class);
            context.registerBean(
                SightingReporter.class, () -> reporter, self -> self.setDestroyMethodName(""));
          }
        });
  }

  @Test
  void aServiceThatCannotRefuseYetSaysSoAndIsHeardOnlyWhereItReports() throws Exception {
    issued();
    String forged = issuer.draft(key).claim("sub", "mallory").at("s1g1", 0).signed(key);
    try (ConfigurableApplicationContext letting =
            decoding(true, "counterfoil.lets-forged-tokens-in=true");
        ConfigurableApplicationContext refusing = decoding(true)) {
      assertThat(letting.getBean(JwtDecoder.class).decode(forged).getSubject())
          .isEqualTo("mallory");
      assertThatThrownBy(() -> refusing.getBean(JwtDecoder.class).decode(forged))
          .hasMessageContaining("never-issued");
    }
    assertThatThrownBy(() -> decoding(false, "counterfoil.lets-forged-tokens-in=true").close())
        .rootCause()
        .hasMessageContaining("wants reporting");
  }

  @Test
  void aProofThatTheClientSendsIsRead() throws Exception {
    String token = issued();
    byte[] proof =
        issuer.get(
            URI.create(issuer.issuer() + "/logs/s1g1/proof/" + (issuer.log("s1g1").size() - 1)),
            100_000);
    List<String> all = new ArrayList<>(properties);
    all.add("counterfoil.stapling=required");
    try (ConfigurableApplicationContext required =
        sample(WebApplicationType.SERVLET, all, context -> {})) {
      String inbox =
          "http://localhost:"
              + required.getEnvironment().getProperty("local.server.port")
              + "/inbox";
      HttpRequest.Builder request =
          HttpRequest.newBuilder(URI.create(inbox)).header("Authorization", "Bearer " + token);
      assertThat(challenge(request)).contains("proof-missing");
      request.header(StapledProof.HEADER, StapledProof.of(proof));
      HttpResponse<String> shown = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
      assertThat(shown.statusCode()).isEqualTo(200);
      assertThat(shown.body()).isEqualTo("alice of acme");
      String other = issued();
      assertThat(challenge(request.setHeader("Authorization", "Bearer " + other)))
          .contains("proof-mismatch");
      assertThat(challenge(request.header(StapledProof.HEADER, StapledProof.of(proof))))
          .as("two proofs")
          .contains("proof-malformed");
    }
  }

  private String challenge(HttpRequest.Builder request) throws Exception {
    HttpResponse<String> response =
        http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    assertThat(response.statusCode()).isEqualTo(401);
    return response.headers().firstValue("WWW-Authenticate").orElse("");
  }

  @Test
  void healthAndMetricsSayHowItIs() throws Exception {
    String token = issued();
    assertThat(bearer(token).statusCode()).isEqualTo(200);
    HttpResponse<String> health = get("/actuator/health", "Authorization", "Bearer " + token);
    assertThat(health.statusCode()).isEqualTo(200);
    assertThat(health.body()).contains("\"counterfoil\"", "keyAlarms");
    HttpResponse<String> metrics =
        get(
            "/actuator/metrics/counterfoil.verifications?tag=result:verified",
            "Authorization",
            "Bearer " + token);
    assertThat(metrics.body()).contains("counterfoil.verifications");
    HttpResponse<String> time =
        get("/actuator/metrics/counterfoil.verification.time", "Authorization", "Bearer " + token);
    assertThat(time.body()).contains("TOTAL_TIME");
  }

  @Test
  void itDoesNotStartWithAnotherDecoderBesideIt() {
    JwtDecoder gullible =
        token -> Jwt.withTokenValue(token).header("alg", "none").subject("mallory").build();
    // The one that Spring would not prefer, and the one that it would.
    for (boolean primary : new boolean[] {false, true}) {
      assertThatThrownBy(
              () ->
                  sample(
                      WebApplicationType.NONE,
                      properties,
                      context ->
                          context.registerBean(
                              "gullible",
                              JwtDecoder.class,
                              () -> gullible,
                              definition -> definition.setPrimary(primary))))
          .hasMessageContaining("could pass by the beans [gullible]");
    }
  }

  @Test
  void itDoesNotStartWithAnIntrospectorBesideIt() {
    OpaqueTokenIntrospector gullible =
        token ->
            new OAuth2IntrospectionAuthenticatedPrincipal(
                Map.of("sub", "mallory"), AuthorityUtils.NO_AUTHORITIES);
    assertThatThrownBy(
            () ->
                sample(
                    WebApplicationType.NONE,
                    properties,
                    context ->
                        context.registerBean(
                            "gullible", OpaqueTokenIntrospector.class, () -> gullible)))
        .hasMessageContaining("could pass by the beans [gullible]");
    // What asks for none of its beans starts: the control.
    sample(WebApplicationType.NONE, properties, context -> {}).close();
  }

  @Test
  void itTakesThePlaceOfTheDecoderThatSpringBootWouldMake() {
    List<String> beside = new ArrayList<>(properties);
    beside.add(
        "spring.security.oauth2.resourceserver.jwt.jwk-set-uri=http://127.0.0.1:1/jwks.json");
    try (ConfigurableApplicationContext context =
        sample(WebApplicationType.NONE, beside, registry -> {})) {
      assertThat(context.getBeansOfType(JwtDecoder.class).values())
          .singleElement()
          .isInstanceOf(CounterfoilJwtDecoder.class);
    }
  }

  @Test
  void whatNobodyCanDecideIsTheServicesTroubleAndNotTheTokens() {
    TestIssuer away = new TestIssuer("enterprise", issuer.issuer(), InstantSource.system());
    away.die();
    try (Verifier verifier = Verifier.builder(away.policy()).network(away).build()) {
      assertThat(VerifierHealth.of(verifier).status()).isEqualTo("DOWN");
      List<String> results = new ArrayList<>();
      TokenDecoding decoding =
          new TokenDecoding(
              verifier,
              Expectations.audience("https://mail.example")
                  .accessToken()
                  .tenant("acme")
                  .bearerAllowed(),
              new OtherIssuers(
                  List.of(), issuer.issuer(), Duration.ofSeconds(30), InstantSource.system()),
              null,
              (result, took) -> results.add(result));
      CounterfoilJwtDecoder decoder = new CounterfoilJwtDecoder(decoding, RequestContext::none);
      assertThatThrownBy(() -> decoder.decode(issued()))
          .isInstanceOf(UndecidedException.class)
          .hasMessageStartingWith("keys-unavailable:");
      assertThatThrownBy(() -> decoder.decode("a.b.c")).isInstanceOf(BadJwtException.class);
      assertThat(results).containsExactly("keys-unavailable", "malformed");
    }
  }

  @Test
  void anAuthorityThatStandsStillCostsFreshTokensA503AtOnceAndNothingElse() throws Exception {
    String known = issued();
    assertThat(bearer(known).statusCode()).isEqualTo(200);
    String fresh = issued();
    issuer.die();
    try {
      for (int i = 0; i < 5; i++) {
        HttpResponse<String> response = bearer(fresh);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(503);
        assertThat(response.headers().firstValue("Retry-After")).contains("2");
        assertThat(response.headers().map()).doesNotContainKey("WWW-Authenticate");
        assertThat(response.body()).isEmpty();
      }
      assertThat(bearer(known).statusCode()).isEqualTo(200);
      HttpResponse<String> health = get("/actuator/health", "Authorization", "Bearer " + known);
      assertThat(health.statusCode()).isEqualTo(200);
      assertThat(health.body())
          .contains("\"degraded\"", "https://login.example does not answer since");
      // The page that says what failed is no way in.
      assertThat(get("/error").statusCode()).isEqualTo(401);
    } finally {
      issuer.honest();
    }
    int status = 503;
    for (int tries = 0; tries < 600 && status == 503; tries++) {
      Thread.sleep(50);
      status = bearer(fresh).statusCode();
    }
    assertThat(status).isEqualTo(200);
  }

  @Test
  void itDoesNotStartWithoutAPolicy() {
    assertThatThrownBy(() -> sample(WebApplicationType.NONE, List.of(), context -> {}))
        .rootCause()
        .hasMessage("counterfoil: say policy and audience");
  }

  @Test
  void policyAudienceAndTenantsMustBeSaid() {
    Map<String, String> all =
        Map.of(
            "counterfoil.policy", "policy.txt",
            "counterfoil.audience", "https://mail.example",
            "counterfoil.tenants", "acme,globex");
    assertThat(bound(all).expectations())
        .isEqualTo(
            Expectations.audience("https://mail.example")
                .accessToken()
                .tenants(AllowList.of("acme", "globex"))
                .bearerAllowed());
    for (String left : all.keySet()) {
      Map<String, String> fewer = new HashMap<>(all);
      fewer.remove(left);
      assertThatThrownBy(() -> bound(fewer))
          .as(left)
          .rootCause()
          .hasMessageStartingWith("counterfoil: ");
      fewer.put(left, " ");
      assertThatThrownBy(() -> bound(fewer)).as("blank " + left).isNotNull();
    }
    Map<String, String> both = new HashMap<>(all);
    both.put("counterfoil.any-tenant", "true");
    assertThatThrownBy(() -> bound(both)).rootCause().hasMessageContaining("any-tenant");
    both.remove("counterfoil.tenants");
    assertThat(bound(both).expectations().tenants()).isEqualTo(AllowList.all());
  }

  @Test
  void theOriginIsSchemeAndHostAlone() {
    Map<String, String> all = new HashMap<>();
    all.put("counterfoil.policy", "policy.txt");
    all.put("counterfoil.audience", "https://mail.example");
    all.put("counterfoil.tenants", "acme");
    assertThat(bound(all).origin()).isNull();
    all.put("counterfoil.origin", "https://mail.example:8443");
    assertThat(bound(all).origin()).hasToString("https://mail.example:8443");
    for (String origin :
        List.of(
            "mail.example",
            "ftp://mail.example",
            "https://mail.example/",
            "https://mail.example?a",
            "https://ann@mail.example",
            "https:mail.example")) {
      all.put("counterfoil.origin", origin);
      assertThatThrownBy(() -> bound(all))
          .as(origin)
          .rootCause()
          .hasMessageContaining("origin is scheme and host alone");
    }
  }

  @Test
  void reportingIsSaidWholeOrNotAtAll() {
    Map<String, String> all = new HashMap<>();
    all.put("counterfoil.policy", "policy.txt");
    all.put("counterfoil.audience", "https://mail.example");
    all.put("counterfoil.tenants", "acme");
    assertThat(bound(all).reporting()).isNull();
    List<String> parts = List.of("monitor", "instance", "client-id", "client-key");
    parts.forEach(part -> all.put("counterfoil.reporting." + part, "mail-1"));
    assertThat(bound(all).reporting()).isNotNull();
    for (String part : parts) {
      Map<String, String> fewer = new HashMap<>(all);
      fewer.remove("counterfoil.reporting." + part);
      assertThatThrownBy(() -> bound(fewer))
          .as(part)
          .rootCause()
          .hasMessageContaining("reporting wants");
    }
  }

  private static CounterfoilProperties bound(Map<String, String> properties) {
    return new Binder(new MapConfigurationPropertySource(properties))
        .bindOrCreate("counterfoil", CounterfoilProperties.class);
  }
}
