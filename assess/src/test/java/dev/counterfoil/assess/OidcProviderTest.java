package dev.counterfoil.assess;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.assess.fetch.AssessmentLimits;
import dev.counterfoil.assess.finding.AssessmentFinding;
import dev.counterfoil.assess.finding.Severity;
import dev.counterfoil.assess.finding.Verdict;
import dev.counterfoil.assess.token.SampleToken;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The npm package oidc-provider, without configuration, badly configured, and well configured. */
class OidcProviderTest {
  private static final Pattern LISTENING = Pattern.compile("^listening (\\S+)$", Pattern.MULTILINE);
  private static final String SECRET = "for-this-test-only-for-this-test-only";
  private static final String AUDIENCE = "https://mail.example/";

  private static final TestKey ONE = TestKey.ec();
  private static final TestKey TWO = TestKey.ec();
  private static final TestKey THREE = TestKey.ec();

  private static Path packages;
  private static HttpClient http;

  @TempDir Path folder;

  @BeforeAll
  static void install() throws IOException, InterruptedException {
    http = IssuerAssessment.httpClient(AssessmentLimits.DEFAULT);
    packages = Files.createDirectories(RealIssuer.module().resolve("target/node"));
    for (String file : List.of("package.json", "package-lock.json", "provider.mjs")) {
      Files.copy(
          RealIssuer.module().resolve("src/test/node").resolve(file),
          packages.resolve(file),
          StandardCopyOption.REPLACE_EXISTING);
    }
    Path log = packages.resolve("npm.log");
    Process npm =
        new ProcessBuilder(
                "npm",
                "ci",
                "--omit=dev",
                "--ignore-scripts",
                "--no-audit",
                "--no-fund",
                "--prefer-offline")
            .directory(packages.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    assertThat(npm.waitFor(5, TimeUnit.MINUTES)).as("npm ci ends").isTrue();
    assertThat(npm.exitValue()).as(Files.readString(log)).isZero();
  }

  @AfterAll
  static void close() {
    http.close();
  }

  @Test
  void withoutConfigurationItSignsWithAKeyThatEverybodyHas()
      throws IOException, InterruptedException {
    try (RealIssuer provider = start(configuration())) {
      AssessmentReport report = assess(provider, AUDIENCE);
      assertThat(ids(report))
          .contains(
              "known-key-published",
              "key-single",
              "kid-not-thumbprint",
              "cache-unstated",
              "key-age-unknown",
              "alg-rs256-only",
              "token-bearer")
          .doesNotContain(
              "issuer-mismatch",
              "introspection-missing",
              "revocation-missing",
              "dpop-missing",
              "pkce-missing",
              "token-audience-missing",
              "token-id-missing",
              "token-type-unstated",
              "token-signature-invalid");
      assertThat(report.verdict()).isEqualTo(Verdict.ACT_NOW);
      assertThat(report.tokens())
          .extracting(AssessmentReport.TokenSeen::signature)
          .allMatch(text -> text.startsWith("valid"));
    }
  }

  @Test
  void withKeysOfItsOwnTheKnownOneIsGone() throws IOException, InterruptedException {
    ObjectNode configuration = configuration();
    withKeys(configuration, ONE, TWO);
    configuration.putArray("responseTypes").add("code");
    try (RealIssuer provider = start(configuration)) {
      AssessmentReport report = assess(provider, AUDIENCE);
      assertThat(ids(report))
          .doesNotContain(
              "known-key-published",
              "key-single",
              "private-key-published",
              "grant-outdated",
              "kid-missing");
      assertThat(report.count(Severity.CRITICAL)).isZero();
      assertThat(report.count(Severity.HIGH)).isZero();
      assertThat(report.verdict()).isEqualTo(Verdict.IMPROVE);
      assertThat(report.exitCode()).isZero();
    }
  }

  @Test
  void twoProvidersWithOneKeyAreFound() throws IOException, InterruptedException {
    ObjectNode configuration = configuration();
    withKeys(configuration, ONE, TWO);
    ObjectNode separate = configuration();
    withKeys(separate, THREE);
    try (RealIssuer one = start(configuration);
        RealIssuer two = start(configuration);
        RealIssuer three = start(separate)) {
      assertThat(ids(compare(one, two))).contains("key-set-shared", "key-scope-unstated");
      assertThat(ids(compare(one, three))).doesNotContain("key-set-shared", "key-scope-unstated");
    }
  }

  @Test
  void opaqueTokensAreSaidToBeStateful() throws IOException, InterruptedException {
    ObjectNode configuration = configuration();
    configuration.remove("audience");
    try (RealIssuer provider = start(configuration)) {
      AssessmentReport report = assess(provider, "");
      assertThat(ids(report))
          .contains("token-opaque")
          .doesNotContain("token-unreadable", "token-id-missing");
    }
  }

  private RealIssuer start(ObjectNode configuration) throws IOException, InterruptedException {
    Path file = Files.createTempFile(folder, "provider", ".json");
    Files.writeString(file, configuration.toString());
    RealIssuer provider =
        RealIssuer.start(
            packages,
            Map.of(),
            file.resolveSibling(file.getFileName() + ".log"),
            List.of("node", "provider.mjs", file.toString()));
    provider.await("oidc-provider", () -> LISTENING.matcher(provider.log()).find() ? true : null);
    return provider;
  }

  private static URI issuer(RealIssuer provider) {
    Matcher matcher = LISTENING.matcher(provider.log());
    assertThat(matcher.find()).isTrue();
    return URI.create(matcher.group(1));
  }

  private static AssessmentReport assess(RealIssuer provider, String audience) {
    URI issuer = issuer(provider);
    String token = provider.accessToken(URI.create(issuer + "/token"), "client", SECRET);
    assertThat(token.contains(".")).isEqualTo(!audience.isEmpty());
    return new IssuerAssessment(http, InstantSource.system(), AssessmentLimits.DEFAULT)
        .assess(issuer, Options.none().withTokens(List.of(SampleToken.of("sample.jwt", token))));
  }

  private static AssessmentReport compare(RealIssuer one, RealIssuer other) {
    return new IssuerAssessment(http, InstantSource.system(), AssessmentLimits.DEFAULT)
        .assess(issuer(one), Options.none().comparedWith(issuer(other)));
  }

  private static ObjectNode configuration() {
    return TestKey.json(
            """
            {"clients":[{"client_id":"client","client_secret":"@","grant_types":["client_credentials"],
                         "redirect_uris":[],"response_types":[]}],
             "features":{"clientCredentials":{"enabled":true},"introspection":{"enabled":true},
                         "revocation":{"enabled":true},"devInteractions":{"enabled":false}}}
            """
                .replace("@", SECRET))
        .put("audience", AUDIENCE);
  }

  private static void withKeys(ObjectNode configuration, TestKey... keys) {
    ArrayNode list = configuration.putObject("jwks").putArray("keys");
    for (TestKey key : keys) {
      list.add(key.secretEntry());
    }
    configuration.putObject("clientDefaults").put("id_token_signed_response_alg", "ES256");
  }

  private static List<String> ids(AssessmentReport report) {
    return report.findings().stream().map(AssessmentFinding::id).toList();
  }
}
