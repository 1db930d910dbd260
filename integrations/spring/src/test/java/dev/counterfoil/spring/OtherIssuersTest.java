package dev.counterfoil.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpServer;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.verifier.Expectations;
import dev.counterfoil.verifier.RequestContext;
import dev.counterfoil.verifier.TestIssuer;
import dev.counterfoil.verifier.TestKeys;
import dev.counterfoil.verifier.TokenDraft;
import dev.counterfoil.verifier.Verifier;
import dev.counterfoil.verifier.dpop.DpopProof;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.security.oauth2.jwt.BadJwtException;

/** While a service migrates: each issuer's tokens are judged by what that issuer has. */
class OtherIssuersTest {
  private static final String MAIL = "https://mail.example";
  private static final String LEGACY = "https://legacy.example/realms/acme";

  private final TestIssuer issuer =
      new TestIssuer("enterprise", "https://login.example/enterprise", InstantSource.system());
  private final TestKeys.Es256 key = issuer.addKey();
  private final TestKeys.Es256 client = new TestKeys.Es256();
  private final List<String> results = new ArrayList<>();
  private ECKey legacyKey;
  private HttpServer legacy;
  private Verifier verifier;
  private OtherIssuers others;
  private TokenDecoding decoding;
  private int proofs;

  @SuppressWarnings("NullAway.Init") // made in start
  OtherIssuersTest() {}

  @BeforeEach
  void start() throws Exception {
    legacyKey = new ECKeyGenerator(Curve.P_256).keyID("legacy-1").generate();
    legacy = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    legacy.createContext(
        "/jwks",
        exchange -> {
          byte[] keys =
              new JWKSet(legacyKey.toPublicJWK()).toString().getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, keys.length);
          exchange.getResponseBody().write(keys);
          exchange.close();
        });
    legacy.start();
    issuer.publish();
    verifier = Verifier.builder(issuer.policy()).network(issuer).build();
    String keys = "http://127.0.0.1:" + legacy.getAddress().getPort() + "/jwks";
    others = others(LEGACY, keys);
    decoding = decoding(Expectations.Binding.BEARER_ALLOWED);
  }

  private TokenDecoding decoding(Expectations.Binding binding) {
    return new TokenDecoding(
        verifier,
        Expectations.audience(MAIL).accessToken().tenant("acme").binding(binding),
        others,
        MAIL,
        (result, took) -> results.add(result));
  }

  @AfterEach
  void stop() {
    verifier.close();
    legacy.stop(0);
  }

  private OtherIssuers others(String name, String keys) {
    return new OtherIssuers(
        List.of(new CounterfoilProperties.OtherIssuer(name, "mail", keys)),
        issuer.issuer(),
        Duration.ofSeconds(30),
        InstantSource.system());
  }

  private String legacyToken(String type, String iss, String audience, ECKey by) throws Exception {
    return legacyToken(
        type,
        by,
        new JWTClaimsSet.Builder()
            .issuer(iss)
            .audience(audience)
            .expirationTime(Date.from(Instant.now().plusSeconds(300))));
  }

  private static String legacyToken(String type, ECKey by, JWTClaimsSet.Builder claims)
      throws Exception {
    SignedJWT token =
        new SignedJWT(
            new JWSHeader.Builder(JWSAlgorithm.ES256)
                .keyID("legacy-1")
                .type(new JOSEObjectType(type))
                .build(),
            claims.subject("bob").build());
    token.sign(new ECDSASigner(by));
    return token.serialize();
  }

  private String subject(String token) {
    return subject(token, RequestContext.none());
  }

  private String subject(String token, RequestContext request) {
    return String.valueOf(decoding.decode(token, request).getSubject());
  }

  private String legacyToken(@Nullable Object confirmation, Instant end) throws Exception {
    return legacyToken(
        "at+jwt",
        legacyKey,
        new JWTClaimsSet.Builder()
            .issuer(LEGACY)
            .audience("mail")
            .expirationTime(Date.from(end))
            .claim("cnf", confirmation));
  }

  /** A request that names a host of its sender's choice, with a proof for a URI. */
  private RequestContext proven(String token, String htu) {
    return RequestContext.of("GET", URI.create("https://evil.example/inbox"), "192.0.2.7")
        .withDpop(
            new TokenDraft()
                .header("typ", "dpop+jwt")
                .header("alg", "ES256")
                .header("jwk", client.jwk().toJson())
                .claim("jti", "proof-" + proofs++)
                .claim("htm", "GET")
                .claim("htu", htu)
                .claim("iat", Instant.now().getEpochSecond())
                .claim("ath", DpopProof.accessTokenHash(token))
                .signed(client));
  }

  @Test
  void bothIssuersTokensPassEachByItsOwnCheck() throws Exception {
    assertThat(subject(issuer.issue(issuer.draft(key), key))).isEqualTo("alice");
    assertThat(subject(legacyToken("JWT", LEGACY, "mail", legacyKey))).isEqualTo("bob");
    assertThat(subject(legacyToken("at+jwt", LEGACY, "mail", legacyKey))).isEqualTo("bob");
    assertThat(results).containsExactly("verified", "other-issuer", "other-issuer");
  }

  @Test
  void neitherIssuersNameIsAWayAroundTheOthersCheck() throws Exception {
    ECKey stranger = new ECKeyGenerator(Curve.P_256).keyID("legacy-1").generate();
    String forged = issuer.draft(key).claim("sub", "mallory").at("s1g1", 0).signed(key);
    issuer.issue(issuer.draft(key), key);
    for (String token :
        new String[] {
          // Ours, never issued; ours by name, with the other's key; the other's by name, with ours.
          forged,
          legacyToken("JWT", issuer.issuer(), "https://mail.example", legacyKey),
          issuer.issue(issuer.draft(key).claim("iss", LEGACY).claim("aud", "mail"), key),
          legacyToken("JWT", LEGACY, "mail", stranger),
          legacyToken("JWT", LEGACY, "another", legacyKey),
          legacyToken("logout+jwt", LEGACY, "mail", legacyKey),
          legacyToken("JWT", "https://elsewhere.example", "mail", legacyKey),
          "a.b.c"
        }) {
      assertThatThrownBy(() -> subject(token)).as(token).isInstanceOf(BadJwtException.class);
    }
  }

  @Test
  void aBoundTokenOfAnotherIssuerNeedsItsProofToo() throws Exception {
    Instant end = Instant.now().plusSeconds(300);
    String bound = legacyToken(Map.of("jkt", client.kid()), end);
    assertRefused("binding-missing:", bound, RequestContext.none());
    assertThat(subject(bound, proven(bound, MAIL + "/inbox"))).isEqualTo("bob");
    assertRefused("binding-invalid:", bound, proven("another", MAIL + "/inbox"));
    for (Object confirmation :
        List.of(
            Map.of("x5t#S256", client.kid()),
            Map.of("kid", "client-1"),
            Map.of("jkt", 7),
            Map.of(),
            List.of(),
            "jkt")) {
      assertRefused("binding-missing:", legacyToken(confirmation, end), RequestContext.none());
    }
    assertThat(results).doesNotContain("binding-missing").contains("other-issuer-refused");
  }

  @Test
  void whereBindingIsWantedATokenOfAnotherIssuerHasNoWayAroundIt() throws Exception {
    String bearer = legacyToken("at+jwt", LEGACY, "mail", legacyKey);
    assertThat(subject(bearer)).isEqualTo("bob");
    decoding = decoding(Expectations.Binding.REQUIRED);
    assertRefused("binding-missing:", bearer, RequestContext.none());
    String bound = legacyToken(Map.of("jkt", client.kid()), Instant.now().plusSeconds(300));
    assertThat(subject(bound, proven(bound, MAIL + "/inbox"))).isEqualTo("bob");
  }

  @Test
  void anotherIssuersTokenEndsToTheSecond() throws Exception {
    Instant now = Instant.now();
    assertThat(subject(legacyToken(null, now.plusSeconds(60)))).isEqualTo("bob");
    assertThatThrownBy(() -> subject(legacyToken(null, now.minusSeconds(1))))
        .isInstanceOf(BadJwtException.class);
  }

  @Test
  void aProofForTheHostThatTheRequestNamesIsNoneForThisOne() {
    JsonObject jkt = JsonObject.builder().put("jkt", client.kid()).build();
    String bound = issuer.issue(issuer.draft(key).claim("cnf", jkt), key);
    assertRefused("binding-invalid:", bound, proven(bound, "https://evil.example/inbox"));
    assertThat(subject(bound, proven(bound, MAIL + "/inbox"))).isEqualTo("alice");
  }

  private void assertRefused(String code, String token, RequestContext request) {
    assertThatThrownBy(() -> subject(token, request))
        .isInstanceOf(BadJwtException.class)
        .hasMessageStartingWith(code);
  }

  @Test
  void thePolicysOwnIssuerIsNotAnotherOne() {
    assertThatThrownBy(() -> others(issuer.issuer(), "http://127.0.0.1:1/"))
        .isInstanceOf(StartProblem.class)
        .hasMessageContaining("is the issuer of the policy");
  }
}
