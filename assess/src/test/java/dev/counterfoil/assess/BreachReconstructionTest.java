package dev.counterfoil.assess;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.assess.fetch.AssessmentLimits;
import dev.counterfoil.assess.finding.AssessmentFinding;
import dev.counterfoil.assess.finding.Verdict;
import dev.counterfoil.assess.token.SampleToken;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The set-up of the 2023 breach, as far as it is public: a consumer and an enterprise issuer, both
 * served from one key set of eight keys; among them a key whose self-signed certificate ran from
 * 2016-04-05 to 2021-04-04 and which was used from 2023-05-15 on, 771 days past its end. No entry
 * says which issuer it signs for.
 */
class BreachReconstructionTest {
  private static final Instant FIRST_ABUSE = Instant.parse("2023-05-15T09:00:00Z");
  private static final int KEYS = 8;

  private static final List<TestKey> keys = new ArrayList<>();

  private LoopbackSite site;
  private HttpClient http;
  private URI consumer;
  private URI enterprise;

  @BeforeAll
  static void makeKeys() {
    IntStream.range(0, KEYS).forEach(index -> keys.add(TestKey.rsa(2048)));
  }

  @BeforeEach
  void open() throws IOException {
    site = new LoopbackSite();
    http = IssuerAssessment.httpClient(AssessmentLimits.DEFAULT);
    consumer = site.uri("/consumer");
    enterprise = site.uri("/enterprise");
  }

  @AfterEach
  void close() {
    http.close();
    site.close();
  }

  @Test
  void asItWas() {
    serveCommonSet(entry -> {});
    AssessmentReport report = assess(forgedEnterpriseToken());

    assertThat(ids(report))
        .contains(
            "key-set-shared",
            "key-scope-unstated",
            "certificate-expired",
            "token-signed-by-expired-key",
            "key-too-old",
            "keys-many",
            "certificate-self-signed",
            "certificate-too-long",
            "introspection-missing",
            "sender-constraint-missing",
            "token-bearer",
            "token-id-missing");
    assertThat(evidence(report, "certificate-expired"))
        .singleElement()
        .asString()
        .contains(
            "from 2016-04-05 to 2021-04-04",
            "ended 771 days ago",
            thumbprintOfCertificate(oldKey()));
    assertThat(evidence(report, "keys-many")).singleElement().asString().contains("8 signing keys");
    assertThat(evidence(report, "key-scope-unstated"))
        .singleElement()
        .asString()
        .contains("none of the keys");
    assertThat(evidence(report, "key-set-shared"))
        .singleElement()
        .asString()
        .contains("name the same key set");
    assertThat(report.verdict()).isEqualTo(Verdict.ACT_NOW);
    assertThat(report.exitCode()).isEqualTo(AssessmentReport.EXIT_FINDINGS);
  }

  @Test
  void withAnIssuerAtEachKeyTheForgedTokenStandsOut() {
    // What was added after the breach: each entry says whose it is. The old key was the consumer
    // system's.
    serveCommonSet(entry -> entry.put("issuer", consumer.toString()));
    AssessmentReport report = assess(forgedEnterpriseToken());

    assertThat(ids(report))
        .contains("token-key-of-other-issuer", "key-of-other-issuer", "key-set-shared");
    assertThat(ids(report)).doesNotContain("key-scope-unstated");
  }

  @Test
  void asItShouldBe() {
    serveSeparateSets();
    AssessmentReport report = assess(soundEnterpriseToken());

    assertThat(ids(report)).containsExactly("issuer-on-loopback");
    assertThat(report.exitCode()).isZero();
  }

  @Test
  void asItShouldBeTheOldKeyIsNobodys() {
    serveSeparateSets();
    AssessmentReport report = assess(forgedEnterpriseToken());

    assertThat(ids(report))
        .contains("token-key-unknown")
        .doesNotContain("certificate-expired", "key-set-shared");
  }

  private AssessmentReport assess(String token) {
    return new IssuerAssessment(http, () -> FIRST_ABUSE, AssessmentLimits.DEFAULT)
        .assess(
            enterprise,
            Options.none()
                .comparedWith(consumer)
                .withTokens(List.of(SampleToken.of("presented.jwt", token))));
  }

  private static TestKey oldKey() {
    return keys.getFirst();
  }

  private static byte[] certificate(int index) {
    if (index == 0) {
      return TestCertificate.selfSigned(
          oldKey(),
          "Live ID STS Signing Public Key",
          Instant.parse("2016-04-05T00:00:00Z"),
          Instant.parse("2021-04-04T00:00:00Z"));
    }
    Instant from = FIRST_ABUSE.minus(Duration.ofDays(100L * index));
    return TestCertificate.selfSigned(
        keys.get(index), "signing " + index, from, from.plus(Duration.ofDays(1826)));
  }

  private static String thumbprintOfCertificate(TestKey key) {
    return TestCertificate.sha1(certificate(keys.indexOf(key)));
  }

  private void serveCommonSet(Consumer<ObjectNode> edit) {
    ObjectNode set = TestKey.json("{\"keys\":[]}");
    for (int i = 0; i < KEYS; i++) {
      byte[] certificate = certificate(i);
      String thumbprint = TestCertificate.sha1(certificate);
      ObjectNode entry = keys.get(i).entry().put("kid", thumbprint).put("x5t", thumbprint);
      entry.remove("alg");
      entry.putArray("x5c").add(TestCertificate.base64(certificate));
      edit.accept(entry);
      ((ArrayNode) set.get("keys")).add(entry);
    }
    site.serve(
        "/common/discovery/keys",
        Map.of("Cache-Control", "max-age=86400, private"),
        set.toString());
    for (URI issuer : List.of(consumer, enterprise)) {
      ObjectNode metadata =
          TestKey.json(
                  """
                  {"token_endpoint":"@/token","authorization_endpoint":"@/authorize",
                   "id_token_signing_alg_values_supported":["RS256"],
                   "token_endpoint_auth_methods_supported":["client_secret_post","private_key_jwt"]}
                  """
                      .replace("@", issuer.toString()))
              .put("issuer", issuer.toString())
              .put("jwks_uri", site.uri("/common/discovery/keys").toString());
      site.serve(
          issuer.getPath() + "/.well-known/openid-configuration", Map.of(), metadata.toString());
    }
  }

  private void serveSeparateSets() {
    for (URI issuer : List.of(consumer, enterprise)) {
      ObjectNode set =
          issuer.equals(enterprise)
              ? Situation.jwks(FIRST_ABUSE, Situation.ACTIVE, Situation.NEXT)
              : Situation.jwks(FIRST_ABUSE, Situation.OTHER_ACTIVE, Situation.OTHER_NEXT);
      String metadata = Situation.soundMetadata(issuer.toString()).toString();
      site.serve(
          issuer.getPath() + "/jwks",
          Map.of("Cache-Control", "max-age=300", "ETag", "\"1\""),
          set.toString());
      site.serve(issuer.getPath() + "/.well-known/openid-configuration", Map.of(), metadata);
      site.serve("/.well-known/oauth-authorization-server" + issuer.getPath(), Map.of(), metadata);
    }
  }

  private String forgedEnterpriseToken() {
    ObjectNode header =
        TestKey.json("{\"alg\":\"RS256\",\"typ\":\"JWT\"}")
            .put("kid", thumbprintOfCertificate(oldKey()));
    ObjectNode claims =
        TestKey.json(
                "{\"sub\":\"victim\",\"aud\":\"https://mail.example/\",\"tid\":\"ministry\",\"appid\":\"owa\"}")
            .put("iss", enterprise.toString())
            .put("iat", FIRST_ABUSE.getEpochSecond())
            .put("exp", FIRST_ABUSE.plusSeconds(3600).getEpochSecond());
    return oldKey().sign(header, claims);
  }

  private String soundEnterpriseToken() {
    Situation situation = new Situation();
    situation.now = FIRST_ABUSE;
    return situation.token(
        Situation.ACTIVE, header -> {}, claims -> claims.put("iss", enterprise.toString()));
  }

  private static List<String> ids(AssessmentReport report) {
    return report.findings().stream().map(AssessmentFinding::id).toList();
  }

  private static List<String> evidence(AssessmentReport report, String id) {
    return report.findings().stream()
        .filter(finding -> finding.id().equals(id))
        .flatMap(finding -> finding.evidence().stream())
        .toList();
  }
}
