package dev.counterfoil.assess;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.assess.fetch.AssessmentLimits;
import dev.counterfoil.assess.finding.AssessmentFinding;
import dev.counterfoil.assess.key.KeyPeriod;
import dev.counterfoil.assess.token.SampleToken;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ObjectNode;

/** A real Keycloak, as its distribution starts, then with realms set up badly and well. */
@Tag("turn-3")
class KeycloakTest {
  private static final String CLIENT = "assess-test";
  private static final String SECRET = "for-this-test-only";

  private static RealIssuer keycloak;
  private static HttpClient http;
  private static String base;

  @BeforeAll
  static void start() throws IOException, InterruptedException {
    Path home;
    try (Stream<Path> unpacked = Files.list(RealIssuer.module().resolve("target/keycloak"))) {
      home =
          unpacked
              .filter(path -> path.getFileName().toString().startsWith("keycloak-"))
              .findFirst()
              .orElseThrow();
    }
    int port = freePort();
    base = "http://127.0.0.1:" + port + "/realms/";
    keycloak =
        RealIssuer.start(
            home,
            Map.of(
                "JAVA_HOME",
                System.getProperty("java.home"),
                "JAVA_OPTS_KC_HEAP",
                "-Xms64m -Xmx512m",
                "KC_BOOTSTRAP_ADMIN_CLIENT_ID",
                CLIENT,
                "KC_BOOTSTRAP_ADMIN_CLIENT_SECRET",
                SECRET),
            RealIssuer.module().resolve("target/keycloak.log"),
            List.of(
                "bin/kc.sh",
                "start-dev",
                "--http-host=127.0.0.1",
                "--http-port=" + port,
                "--db=dev-mem"));
    keycloak.await("Keycloak", () -> keycloak.answers(realm("master")) ? true : null);
    http = IssuerAssessment.httpClient(AssessmentLimits.DEFAULT);
  }

  @AfterAll
  static void stop() throws IOException {
    http.close();
    keycloak.close();
  }

  @Test
  void asItsDistributionStarts() {
    AssessmentReport report =
        assess(
            realm("master"),
            Options.none().withTokens(List.of(SampleToken.of("admin.jwt", token()))),
            Instant.now());

    assertThat(ids(report))
        .contains(
            // Signing keys made for each realm: no successor, and certificates for ten years.
            "key-single",
            "certificate-too-long",
            "certificate-self-signed",
            "cache-refused",
            "grant-outdated",
            "alg-symmetric-offered",
            "pkce-plain",
            "token-audience-missing",
            "token-bearer",
            "token-type-unstated")
        .doesNotContain(
            "issuer-mismatch",
            "metadata-disagrees",
            "private-key-published",
            "known-key-published",
            "kid-missing",
            "certificate-expired",
            "x5c-key-mismatch",
            "x5t-mismatch",
            "rsa-too-short",
            "rsa-roca",
            "introspection-missing",
            "dpop-missing",
            "token-signature-invalid",
            "token-key-unknown",
            "token-id-missing",
            "token-issuer-unknown");
    assertThat(report.tokens())
        .singleElement()
        .satisfies(token -> assertThat(token.signature()).startsWith("valid, by key "));
    Attaching attaching = report.attaching().orElseThrow();
    assertThat(attaching.changes()).anyMatch(line -> line.contains("1 key can be confirmed"));
    assertThat(attaching.before()).singleElement().asString().contains("name its service in aud");
    assertThat(attaching.commands())
        .contains("cp counterfoil-keycloak.jar KEYCLOAK/providers/")
        .last()
        .isEqualTo(
            "counterfoil keys attach " + realm("master") + " --tenant TENANT --audience SERVICE");
    assertThat(report.keys())
        .extracting(AssessmentReport.KeySeen::description)
        .containsOnly("RSA 2048");
  }

  @Test
  void realmsHaveKeysOfTheirOwnUntilSomebodyGivesThemTheSame() {
    URI one = createRealm("one");
    URI two = createRealm("two");
    Options compared = Options.none().comparedWith(two);
    assertThat(ids(assess(one, compared, Instant.now())))
        .doesNotContain("key-set-shared", "key-scope-unstated");

    String pem = pem(TestKey.rsa(2048));
    addKey("one", "rsa", "shared", Map.of("privateKey", pem, "algorithm", "RS256"));
    addKey("two", "rsa", "shared", Map.of("privateKey", pem, "algorithm", "RS256"));
    assertThat(ids(assess(one, compared, Instant.now())))
        .contains("key-set-shared", "key-scope-unstated");
  }

  @Test
  void aWeakKeyIsFound() {
    URI weak = createRealm("weak");
    assertThat(ids(assess(weak, Options.none(), Instant.now()))).doesNotContain("rsa-too-short");
    addKey("weak", "rsa-generated", "short", Map.of("keySize", "1024", "algorithm", "RS256"));
    assertThat(ids(assess(weak, Options.none(), Instant.now()))).contains("rsa-too-short");
  }

  @Test
  void keysAreWatchedFromRunToRun(@TempDir Path folder) {
    // Keycloak's elliptic keys carry no certificate: nothing but watching tells their age.
    URI watched = createRealm("watched");
    addKey("watched", "ecdsa-generated", "first", Map.of("ecdsaEllipticCurveKey", "P-256"));
    Instant start = Instant.now();
    assertThat(ids(assess(watched, Options.none(), start))).contains("key-age-unknown");

    Options remembering =
        Options.none()
            .rememberingIn(folder.resolve("observations.json"))
            .measuredFor(KeyPeriod.MANY_TENANTS);
    assertThat(ids(assess(watched, remembering, start)))
        .doesNotContain("key-age-unknown", "key-too-old");
    addKey("watched", "ecdsa-generated", "second", Map.of("ecdsaEllipticCurveKey", "P-256"));
    assess(watched, remembering, start.plus(Duration.ofDays(10)));

    AssessmentReport later = assess(watched, remembering, start.plus(Duration.ofDays(15)));
    List<Long> ages =
        later.keys().stream()
            .filter(key -> key.description().equals("EC P-256"))
            .map(key -> Duration.between(key.since().orElseThrow(), later.at()).toDays())
            .sorted()
            .toList();
    assertThat(ages).containsExactly(5L, 15L);
    assertThat(ids(later)).contains("key-too-old");
  }

  @Test
  void aServiceThatKeepsAWithdrawnKeyIsFound(@TempDir Path folder) throws IOException {
    URI leading = createRealm("leading");
    String component = addKey("leading", "rsa-generated", "to-go", Map.of("algorithm", "RS256"));
    Path copy = folder.resolve("keys.json");
    try (var body = URI.create(leading + "/protocol/openid-connect/certs").toURL().openStream()) {
      Files.write(copy, body.readAllBytes());
    }
    Options options = Options.none().withDeployedKeySets(copy.toUri());
    assertThat(ids(assess(leading, options, Instant.now())))
        .doesNotContain("deployed-key-withdrawn");
    keycloak.send(admin("/leading/components/" + component).DELETE(), 204);
    assertThat(ids(assess(leading, options, Instant.now()))).contains("deployed-key-withdrawn");
  }

  private static AssessmentReport assess(URI issuer, Options options, Instant at) {
    return new IssuerAssessment(http, InstantSource.fixed(at), AssessmentLimits.DEFAULT)
        .assess(issuer, options);
  }

  private static URI realm(String name) {
    return URI.create(base + name);
  }

  private static String token() {
    return keycloak.accessToken(
        URI.create(base + "master/protocol/openid-connect/token"), CLIENT, SECRET);
  }

  private static HttpRequest.Builder admin(String path) {
    return HttpRequest.newBuilder(URI.create(base.replace("/realms/", "/admin/realms") + path))
        .header("Authorization", "Bearer " + token())
        .header("Content-Type", "application/json");
  }

  private static URI createRealm(String name) {
    ObjectNode realm = TestKey.json("{\"enabled\":true}").put("realm", name);
    keycloak.send(admin("").POST(BodyPublishers.ofString(realm.toString())), 201);
    return realm(name);
  }

  /** Adds a key provider to a realm; its id. */
  private static String addKey(
      String realm, String provider, String name, Map<String, String> settings) {
    String realmId = keycloak.send(admin("/" + realm), 200).get("id").stringValue();
    ObjectNode component =
        TestKey.json("{\"providerType\":\"org.keycloak.keys.KeyProvider\"}")
            .put("id", realm + "-" + name)
            .put("name", name)
            .put("providerId", provider)
            .put("parentId", realmId);
    ObjectNode config = component.putObject("config");
    settings.forEach((key, value) -> config.putArray(key).add(value));
    config.putArray("priority").add("200");
    keycloak.send(
        admin("/" + realm + "/components").POST(BodyPublishers.ofString(component.toString())),
        201);
    return component.get("id").stringValue();
  }

  private static String pem(TestKey key) {
    String body =
        Base64.getMimeEncoder(64, new byte[] {'\n'})
            .encodeToString(key.pair().getPrivate().getEncoded());
    return "-----BEGIN PRIVATE KEY-----\n" + body + "\n-----END PRIVATE KEY-----";
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static List<String> ids(AssessmentReport report) {
    return report.findings().stream().map(AssessmentFinding::id).toList();
  }
}
