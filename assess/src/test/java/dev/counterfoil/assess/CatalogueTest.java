package dev.counterfoil.assess;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.counterfoil.assess.fetch.AssessmentLimits;
import dev.counterfoil.assess.finding.AssessmentFinding;
import dev.counterfoil.assess.finding.FindingKind;
import dev.counterfoil.assess.finding.KeyFinding;
import dev.counterfoil.assess.finding.MetadataFinding;
import dev.counterfoil.assess.finding.TokenFinding;
import dev.counterfoil.assess.finding.Verdict;
import dev.counterfoil.assess.key.KeyPeriod;
import java.io.IOException;
import java.math.BigInteger;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.node.ObjectNode;

/**
 * Every kind of finding, each made by spoiling one thing in a situation that is otherwise as it
 * should be. The sound situation, assessed in the same way, is the positive control: it yields none
 * of them.
 */
class CatalogueTest {
  private static final TestKey RSA = TestKey.rsa(2048);
  private static final TestKey RSA_SHORT = TestKey.rsa(1024);
  private static final TestKey RSA_OTHER = TestKey.rsa(2048);
  private static final String DEPLOYED = "https://192.0.2.30/keys.json";

  /** Plays a spoiled situation. */
  private interface Scenario {
    AssessmentReport play(Situation situation, Path folder) throws IOException;
  }

  private static final Map<FindingKind, Scenario> SCENARIOS = new HashMap<>();

  private static void on(FindingKind kind, Consumer<Situation> spoil) {
    scenario(
        kind,
        (situation, folder) -> {
          spoil.accept(situation);
          return situation.assess();
        });
  }

  private static void scenario(FindingKind kind, Scenario scenario) {
    assertThat(SCENARIOS.put(kind, scenario)).isNull();
  }

  static {
    metadata();
    keyMaterial();
    keyNames();
    certificates();
    ages();
    sharing();
    caching();
    tokens();
    tokenKeys();
  }

  private static void metadata() {
    on(MetadataFinding.METADATA_UNREACHABLE, s -> s.webEdit = web -> dropMetadata(web, true));
    on(MetadataFinding.METADATA_INCOMPLETE, s -> s.webEdit = web -> dropMetadata(web, false));
    on(
        MetadataFinding.METADATA_UNREADABLE,
        s -> s.webEdit = web -> web.put(openId(), "{\"issuer\":\"a\",\"issuer\":\"b\"}"));
    on(
        MetadataFinding.METADATA_DISAGREES,
        s ->
            s.issuer.openIdMetadata =
                s.issuer.metadata.deepCopy().put("token_endpoint", Situation.ISSUER + "/token2"));
    on(
        MetadataFinding.ISSUER_MISMATCH,
        s -> s.issuer.metadata.put("issuer", Situation.ISSUER + "/"));
    on(
        MetadataFinding.ISSUER_PATTERN,
        s -> s.issuer.metadata.put("issuer", "https://192.0.2.10/{tenantid}"));
    on(
        MetadataFinding.ISSUER_NOT_HTTPS,
        s -> s.options = s.options.comparedWith(URI.create("http://192.0.2.40")));
    on(
        MetadataFinding.ISSUER_ON_LOOPBACK,
        s -> s.options = s.options.comparedWith(URI.create("http://127.0.0.1:1")));
    on(
        MetadataFinding.ENDPOINT_NOT_HTTPS,
        s -> s.issuer.metadata.put("token_endpoint", "http://192.0.2.10/main/token"));
    on(
        MetadataFinding.ENDPOINT_ELSEWHERE,
        s -> s.issuer.metadata.put("revocation_endpoint", "https://192.0.2.11/revoke"));
    on(
        MetadataFinding.REDIRECTED,
        s ->
            s.webEdit =
                web -> {
                  web.put(
                      Situation.ISSUER + "/jwks", 302, Map.of("location", List.of("/moved")), "");
                  web.put("https://192.0.2.10/moved", s.issuer.jwks.toString());
                });
    on(
        MetadataFinding.REDIRECTED_ELSEWHERE,
        s ->
            s.webEdit =
                web -> {
                  web.put(
                      Situation.ISSUER + "/jwks",
                      302,
                      Map.of("location", List.of("https://192.0.2.11/jwks")),
                      "");
                  web.put("https://192.0.2.11/jwks", s.issuer.jwks.toString());
                });
    on(MetadataFinding.JWKS_URI_MISSING, s -> s.issuer.metadata.remove("jwks_uri"));
    on(MetadataFinding.TOKEN_ENDPOINT_MISSING, s -> s.issuer.metadata.remove("token_endpoint"));
    on(
        MetadataFinding.INTROSPECTION_MISSING,
        s -> s.issuer.metadata.remove("introspection_endpoint"));
    on(MetadataFinding.REVOCATION_MISSING, s -> s.issuer.metadata.remove("revocation_endpoint"));
    on(
        MetadataFinding.PKCE_MISSING,
        s -> s.issuer.metadata.remove("code_challenge_methods_supported"));
    on(
        MetadataFinding.PKCE_PLAIN,
        s -> s.issuer.metadata.withArray("code_challenge_methods_supported").add("plain"));
    on(
        MetadataFinding.SENDER_CONSTRAINT_MISSING,
        s -> s.issuer.metadata.remove("dpop_signing_alg_values_supported"));
    on(
        MetadataFinding.DPOP_MISSING,
        s -> {
          s.issuer.metadata.remove("dpop_signing_alg_values_supported");
          s.issuer.metadata.put("tls_client_certificate_bound_access_tokens", true);
        });
    on(
        MetadataFinding.CLIENT_SECRETS_ONLY,
        s -> s.issuer.metadata.remove("token_endpoint_auth_methods_supported"));
    on(
        MetadataFinding.GRANT_OUTDATED,
        s -> s.issuer.metadata.withArray("grant_types_supported").add("password"));
    on(
        MetadataFinding.ALG_NONE_OFFERED,
        s -> s.issuer.metadata.withArray("id_token_signing_alg_values_supported").add("none"));
    on(
        MetadataFinding.ALG_NONE_FOR_OBJECTS,
        s -> s.issuer.metadata.putArray("request_object_signing_alg_values_supported").add("none"));
    on(
        MetadataFinding.ALG_SYMMETRIC_OFFERED,
        s -> s.issuer.metadata.withArray("id_token_signing_alg_values_supported").add("HS256"));
    on(
        MetadataFinding.ALG_RS256_ONLY,
        s -> s.issuer.metadata.putArray("id_token_signing_alg_values_supported").add("RS256"));
    on(
        MetadataFinding.ALG_RSA1_5_OFFERED,
        s -> s.issuer.metadata.putArray("id_token_encryption_alg_values_supported").add("RSA1_5"));
    on(
        MetadataFinding.ISS_PARAMETER_MISSING,
        s -> s.issuer.metadata.remove("authorization_response_iss_parameter_supported"));
  }

  private static String openId() {
    return Situation.ISSUER + "/.well-known/openid-configuration";
  }

  private static void dropMetadata(FakeWeb web, boolean both) {
    web.put("https://192.0.2.10/.well-known/oauth-authorization-server/main", 404, Map.of(), "");
    if (both) {
      web.put(openId(), 404, Map.of(), "");
    }
  }

  private static void keyMaterial() {
    on(KeyFinding.PRIVATE_KEY_PUBLISHED, s -> s.issuer.keys().add(RSA.secretEntry()));
    on(
        KeyFinding.SYMMETRIC_KEY_PUBLISHED,
        s ->
            s.issuer
                .keys()
                .addObject()
                .put("kty", "oct")
                .put("k", "c2VjcmV0")
                .put("kid", "h")
                .put("alg", "HS256"));
    on(
        KeyFinding.KNOWN_KEY_PUBLISHED,
        s ->
            s.issuer
                .keys()
                .addObject()
                .put("kty", "EC")
                .put("crv", "P-256")
                // RFC 7517 appendix A.1; appendix A.2 prints the private half.
                .put("x", "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4")
                .put("y", "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"));
    on(
        KeyFinding.RSA_SHARED_FACTOR,
        s -> {
          BigInteger shared = BigInteger.probablePrime(1024, new Random(1));
          s.issuer
              .keys()
              .add(rsaEntry(shared.multiply(BigInteger.probablePrime(1024, new Random(2)))));
          s.issuer
              .keys()
              .add(rsaEntry(shared.multiply(BigInteger.probablePrime(1024, new Random(3)))));
        });
    on(KeyFinding.RSA_ROCA, s -> s.issuer.keys().add(rsaEntry(rocaModulus())));
    BigInteger prime = BigInteger.probablePrime(1024, new Random(4));
    on(
        KeyFinding.RSA_FACTORED,
        s -> s.issuer.keys().add(rsaEntry(prime.multiply(prime.nextProbablePrime()))));
    on(KeyFinding.RSA_EXPONENT_BROKEN, s -> s.issuer.keys().add(RSA.entry().put("e", "AQ")));
    on(
        KeyFinding.KEY_OF_NOBODY,
        s ->
            s.issuer
                .keys()
                .addObject()
                .put("kty", "OKP")
                .put("crv", "Ed25519")
                .put("x", "A".repeat(43)));
    on(KeyFinding.RSA_TOO_SHORT, s -> s.issuer.keys().add(RSA_SHORT.entry()));
    on(KeyFinding.RSA_EXPONENT_UNUSUAL, s -> s.issuer.keys().add(RSA.entry().put("e", "Aw")));
    on(
        KeyFinding.CURVE_UNUSUAL,
        s ->
            s.issuer
                .keys()
                .addObject()
                .put("kty", "EC")
                .put("crv", "secp256k1")
                .put("x", "eb5mfvncu6xVoGKVzocLBwKb_NstzijZWfKBWxb4F5g")
                .put("y", "SDradyajxGVdpPv8DhEIqP0XtEimhVQZnEfQj_sQ1Lg"));
    on(KeyFinding.KEY_UNREADABLE, s -> s.issuer.key(1).put("x", "AAAA"));
    on(
        KeyFinding.KEY_TYPE_UNKNOWN,
        s -> s.issuer.keys().addObject().put("kty", "AKP").put("alg", "ML-DSA-44"));
    on(
        KeyFinding.JWKS_UNREACHABLE,
        s -> s.webEdit = web -> web.put(Situation.ISSUER + "/jwks", 500, Map.of(), ""));
    on(
        KeyFinding.JWKS_UNREADABLE,
        s -> s.webEdit = web -> web.put(Situation.ISSUER + "/jwks", "[1]"));
    on(KeyFinding.JWKS_EMPTY, s -> s.issuer.keys().removeAll());
    on(KeyFinding.JWKS_CUT, s -> s.limits = withKeysPerSet(1));
  }

  private static AssessmentLimits withKeysPerSet(int keys) {
    AssessmentLimits d = AssessmentLimits.DEFAULT;
    return new AssessmentLimits(
        d.documentBytes(),
        d.fetchTime(),
        d.redirects(),
        d.issuers(),
        d.keySets(),
        keys,
        d.certificatesPerKey(),
        d.tokens(),
        d.tokenBytes(),
        d.evidenceLines());
  }

  private static ObjectNode rsaEntry(BigInteger modulus) {
    byte[] bytes = modulus.toByteArray();
    int skip = bytes[0] == 0 ? 1 : 0;
    byte[] unsigned = Arrays.copyOfRange(bytes, skip, bytes.length);
    return TestKey.json("{\"kty\":\"RSA\",\"e\":\"AQAB\"}")
        .put("n", Base64.getUrlEncoder().withoutPadding().encodeToString(unsigned));
  }

  /**
   * Two numbers of the flawed library's form, k·M + 65537^a mod M, multiplied; that they are no
   * primes is no matter.
   */
  private static BigInteger rocaModulus() {
    BigInteger product = BigInteger.ONE;
    for (int candidate = 2; candidate <= 167; candidate++) {
      if (BigInteger.valueOf(candidate).isProbablePrime(30)) {
        product = product.multiply(BigInteger.valueOf(candidate));
      }
    }
    BigInteger generator = BigInteger.valueOf(65_537);
    BigInteger one =
        product.shiftLeft(805).add(generator.modPow(BigInteger.valueOf(12_345), product));
    BigInteger other =
        product.shiftLeft(805).add(generator.modPow(BigInteger.valueOf(67_890), product));
    return one.multiply(other);
  }

  private static void keyNames() {
    on(
        KeyFinding.KEYS_MANY,
        s ->
            Stream.generate(TestKey::ec).limit(3).forEach(key -> s.issuer.keys().add(key.entry())));
    on(KeyFinding.KEY_SINGLE, s -> s.issuer.keys().remove(1));
    on(KeyFinding.KID_MISSING, s -> s.issuer.key(1).remove("kid"));
    on(KeyFinding.KID_DUPLICATE, s -> s.issuer.key(1).put("kid", Situation.ACTIVE.thumbprint()));
    on(KeyFinding.KID_NOT_THUMBPRINT, s -> s.issuer.key(1).put("kid", "2026-11"));
    on(KeyFinding.KEY_PURPOSE_OPEN, s -> s.issuer.key(1).remove("alg"));
    scenario(
        KeyFinding.KID_REUSED,
        (situation, folder) -> {
          situation.remember(folder.resolve("observations.json"));
          situation.issuer.key(1).put("kid", "next");
          situation.assess();
          situation.now = situation.now.plus(Duration.ofDays(1));
          situation.issuer.keys().set(1, RSA.entry().put("kid", "next"));
          return situation.assess();
        });
  }

  private static void certificates() {
    on(KeyFinding.X5C_UNREADABLE, s -> s.issuer.key(1).putArray("x5c").add("AAAA"));
    on(
        KeyFinding.X5C_KEY_MISMATCH,
        s ->
            certified(
                s, RSA_OTHER, s.now.minus(Duration.ofDays(1)), s.now.plus(Duration.ofDays(30))));
    on(
        KeyFinding.X5T_MISMATCH,
        s ->
            certified(s, RSA, s.now.minus(Duration.ofDays(1)), s.now.plus(Duration.ofDays(30)))
                .put("x5t", "AAAA"));
    on(
        KeyFinding.CERTIFICATE_SELF_SIGNED,
        s -> certified(s, RSA, s.now.minus(Duration.ofDays(1)), s.now.plus(Duration.ofDays(30))));
    on(
        KeyFinding.CERTIFICATE_EXPIRED,
        s -> certified(s, RSA, s.now.minus(Duration.ofDays(31)), s.now.minus(Duration.ofDays(1))));
    on(
        KeyFinding.CERTIFICATE_NOT_YET_VALID,
        s -> certified(s, RSA, s.now.plus(Duration.ofDays(1)), s.now.plus(Duration.ofDays(31))));
    on(
        KeyFinding.CERTIFICATE_TOO_LONG,
        s -> certified(s, RSA, s.now.minus(Duration.ofDays(1)), s.now.plus(Duration.ofDays(3650))));
  }

  /**
   * Adds the key {@link #RSA} with a certificate of {@code certified}, signed by the latter itself.
   */
  private static ObjectNode certified(
      Situation situation, TestKey certified, Instant from, Instant to) {
    byte[] certificate = TestCertificate.selfSigned(certified, "signing", from, to);
    ObjectNode entry = RSA.entry();
    entry.putArray("x5c").add(TestCertificate.base64(certificate));
    situation.issuer.keys().add(entry);
    return entry;
  }

  private static void ages() {
    on(
        KeyFinding.KEY_PAST_ITS_END,
        s -> s.issuer.key(1).put("exp", s.now.minusSeconds(60).getEpochSecond()));
    on(
        KeyFinding.KEY_TOO_OLD,
        s -> s.issuer.key(1).put("iat", s.now.minus(Duration.ofDays(366)).getEpochSecond()));
    on(
        KeyFinding.KEY_NEARLY_TOO_OLD,
        s -> s.issuer.key(1).put("iat", s.now.minus(Duration.ofDays(300)).getEpochSecond()));
    on(KeyFinding.KEY_AGE_UNKNOWN, s -> s.issuer.key(1).remove("iat"));
    scenario(
        KeyFinding.KEY_USED_AT_ONCE,
        (situation, folder) -> {
          situation.remember(folder.resolve("observations.json"));
          situation.issuer.keys().remove(0);
          situation.assess();
          situation.now = situation.now.plusSeconds(120);
          situation.issuer.keys().add(Situation.ACTIVE.entry());
          situation.onlyToken(header -> {}, claims -> {});
          return situation.assess();
        });
  }

  private static void sharing() {
    on(KeyFinding.KEY_SET_SHARED, s -> s.other.keys().add(Situation.ACTIVE.entry()));
    on(
        KeyFinding.KEY_SCOPE_UNSTATED,
        s -> s.other.metadata.put("jwks_uri", Situation.ISSUER + "/jwks"));
    on(KeyFinding.KEY_OF_OTHER_ISSUER, s -> s.issuer.key(1).put("issuer", Situation.OTHER));
    on(
        KeyFinding.DEPLOYED_SET_MERGED,
        s ->
            s.deployed.put(
                DEPLOYED, Situation.jwks(s.now, Situation.ACTIVE, Situation.OTHER_ACTIVE)));
    on(
        KeyFinding.DEPLOYED_KEY_WITHDRAWN,
        s -> s.deployed.put(DEPLOYED, Situation.jwks(s.now, Situation.ACTIVE, TestKey.ec())));
  }

  private static void caching() {
    on(KeyFinding.CACHE_UNSTATED, s -> s.issuer.jwksHeaders.remove("cache-control"));
    on(
        KeyFinding.CACHE_REFUSED,
        s -> s.issuer.jwksHeaders.put("cache-control", List.of("No-Cache")));
    on(
        KeyFinding.CACHE_TOO_LONG,
        s -> s.issuer.jwksHeaders.put("cache-control", List.of("max-age=604800")));
    on(KeyFinding.CACHE_STALE, s -> s.issuer.jwksHeaders.put("age", List.of("301")));
    on(KeyFinding.CACHE_VALIDATOR_MISSING, s -> s.issuer.jwksHeaders.remove("etag"));
  }

  private static void tokens() {
    on(TokenFinding.TOKEN_UNREADABLE, s -> s.onlyToken("a.b.c"));
    on(TokenFinding.TOKEN_OPAQUE, s -> s.onlyToken("kZ9vQ2mW8xYt"));
    on(TokenFinding.TOKEN_ENCRYPTED, s -> s.onlyToken("e30.a.b.c.d"));
    on(
        TokenFinding.TOKEN_ALG_NONE,
        s -> s.onlyToken(header -> header.put("alg", "nOnE"), claims -> {}));
    on(
        TokenFinding.TOKEN_ALG_SYMMETRIC,
        s -> s.onlyToken(header -> header.put("alg", "HS256"), claims -> {}));
    on(
        TokenFinding.TOKEN_KID_MISSING,
        s -> s.onlyToken(header -> header.remove("kid"), claims -> {}));
    on(
        TokenFinding.TOKEN_ISSUER_MISSING,
        s -> s.onlyToken(header -> {}, claims -> claims.remove("iss")));
    on(
        TokenFinding.TOKEN_ISSUER_UNKNOWN,
        s -> s.onlyToken(header -> {}, claims -> claims.put("iss", "https://192.0.2.99")));
    on(
        TokenFinding.TOKEN_END_MISSING,
        s -> s.onlyToken(header -> {}, claims -> claims.remove("exp")));
    on(
        TokenFinding.TOKEN_LIFE_VERY_LONG,
        s -> s.onlyToken(header -> {}, claims -> lives(claims, 86_401)));
    on(
        TokenFinding.TOKEN_LIFE_LONG,
        s -> s.onlyToken(header -> {}, claims -> lives(claims, 3_601)));
    on(
        TokenFinding.TOKEN_START_MISSING,
        s -> s.onlyToken(header -> {}, claims -> claims.remove("iat")));
    on(
        TokenFinding.TOKEN_TYPE_UNSTATED,
        s -> s.onlyToken(header -> header.put("typ", "JWT"), claims -> {}));
    on(
        TokenFinding.TOKEN_AUDIENCE_MISSING,
        s -> s.onlyToken(header -> {}, claims -> claims.remove("aud")));
    on(
        TokenFinding.TOKEN_AUDIENCE_MANY,
        s -> s.onlyToken(header -> {}, claims -> claims.putArray("aud").add("a").add("b")));
    on(
        TokenFinding.TOKEN_ID_MISSING,
        s -> s.onlyToken(header -> {}, claims -> claims.remove("jti")));
    on(TokenFinding.TOKEN_BEARER, s -> s.onlyToken(header -> {}, claims -> claims.remove("cnf")));
    on(
        TokenFinding.TOKEN_TENANT_UNSTATED,
        s -> {
          s.options = s.options.measuredFor(KeyPeriod.MANY_TENANTS);
          s.onlyToken(header -> {}, claims -> claims.remove("tenant"));
        });
    on(
        TokenFinding.TOKEN_ELEMENTS_MISSING,
        s -> s.onlyToken(header -> {}, claims -> claims.remove("client_id")));
  }

  private static void lives(ObjectNode claims, long seconds) {
    claims.put("exp", claims.get("iat").longValue() + seconds);
  }

  private static void tokenKeys() {
    on(
        TokenFinding.TOKEN_KEY_OF_OTHER_ISSUER,
        s -> s.onlyToken(s.token(Situation.OTHER_ACTIVE, header -> {}, claims -> {})));
    on(
        TokenFinding.TOKEN_SIGNATURE_INVALID,
        s ->
            s.onlyToken(
                s.token(
                    Situation.NEXT,
                    h -> h.put("kid", Situation.ACTIVE.thumbprint()),
                    claims -> {})));
    on(
        TokenFinding.TOKEN_KEY_UNKNOWN,
        s -> s.onlyToken(s.token(TestKey.ec(), header -> {}, claims -> {})));
    on(
        TokenFinding.TOKEN_SIGNATURE_UNCHECKED,
        s -> s.onlyToken(header -> header.put("alg", "ES256K"), claims -> {}));
    on(
        TokenFinding.TOKEN_SIGNED_BY_EXPIRED_KEY,
        s -> {
          certified(s, RSA, s.now.minus(Duration.ofDays(31)), s.now.minus(Duration.ofDays(1)));
          s.onlyToken(s.token(RSA, header -> {}, claims -> {}));
        });
    on(
        TokenFinding.TOKEN_OUTLIVES_KEY,
        s -> {
          certified(s, RSA, s.now.minus(Duration.ofDays(31)), s.now.plusSeconds(60));
          s.onlyToken(s.token(RSA, header -> {}, claims -> {}));
        });
  }

  static List<FindingKind> kinds() {
    return FindingKind.all();
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void spoilingOneThingIsFound(FindingKind kind, @TempDir Path folder) throws IOException {
    Scenario scenario =
        SCENARIOS.getOrDefault(kind, (_, _) -> fail("no scenario for " + kind.id()));
    AssessmentReport report = scenario.play(new Situation(), folder);
    assertThat(ids(report)).contains(kind.id());
  }

  @Test
  void aSoundSituationHasNoFindings() {
    AssessmentReport report = new Situation().assess();
    assertThat(report.findings()).isEmpty();
    assertThat(report.verdict()).isEqualTo(Verdict.SOUND);
    assertThat(report.exitCode()).isZero();
    assertThat(report.tokens())
        .extracting(AssessmentReport.TokenSeen::signature)
        .allMatch(text -> text.startsWith("valid"));
  }

  @Test
  void aDeployedCopyOfAnIssuersSetIsNotBlamedForTheIssuersKeys() {
    Situation situation = new Situation();
    situation.issuer.key(1).put("kid", "not-the-thumbprint");
    situation.deployed.put(DEPLOYED, situation.issuer.jwks);
    AssessmentReport report = situation.assess();
    assertThat(ids(report)).containsExactly("kid-not-thumbprint");
    assertThat(report.findings().getFirst().evidence()).hasSize(1);
  }

  /** Its factor is past the primes that are tried wherever a key is read. */
  @Test
  void aKeyThatRegistrationRefusesIsReported() {
    Situation situation = new Situation();
    BigInteger prime = BigInteger.probablePrime(2048, new Random(5));
    situation.issuer.keys().add(rsaEntry(prime.multiply(BigInteger.valueOf(1_048_583))));
    assertThat(ids(situation.assess())).contains("rsa-factored");
    Situation honest = new Situation();
    honest.issuer.keys().add(RSA.entry());
    assertThat(ids(honest.assess())).as("the control").doesNotContain("rsa-factored");
  }

  @Test
  void aDeployedCopyWithItsPrivateHalfIsFound() {
    Situation situation = new Situation();
    situation.deployed.put(DEPLOYED, Situation.jwks(situation.now, Situation.ACTIVE));
    assertThat(ids(situation.assess())).isEmpty();
    ((ObjectNode) situation.deployed.get(DEPLOYED).get("keys").get(0)).put("d", "AAAA");
    assertThat(ids(situation.assess())).containsExactly("private-key-published");
  }

  @Test
  void aStartPageInPlaceOfMetadataIsNoMetadata() {
    Situation situation = new Situation();
    situation.webEdit = web -> web.put(openId(), "<html>Welcome</html>");
    assertThat(ids(situation.assess())).containsExactly("metadata-incomplete");
  }

  @Test
  void aSoundSituationStaysSoundOverDaysOfObservation(@TempDir Path folder) throws IOException {
    Situation situation = new Situation();
    situation.remember(folder.resolve("observations.json"));
    situation.assess();
    situation.now = situation.now.plus(Duration.ofDays(1));
    assertThat(situation.assess().findings()).isEmpty();
    assertThat(Files.readString(folder.resolve("observations.json")))
        .contains(Situation.ACTIVE.thumbprint());
  }

  private static List<String> ids(AssessmentReport report) {
    return report.findings().stream().map(AssessmentFinding::id).collect(Collectors.toList());
  }
}
