package dev.counterfoil.verifier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.verifier.dpop.DpopNonces;
import dev.counterfoil.verifier.dpop.DpopProof;
import dev.counterfoil.verifier.dpop.ReplayWindow;
import dev.counterfoil.verifier.dpop.UsedProofs;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Tokens bound to a certificate (RFC 8705), or to that and a key; and proofs among several
 * processes of one service.
 */
class PossessionTest {
  /** Made by OpenSSL, as is its thumbprint. */
  private static final String PEM =
      """
      -----BEGIN CERTIFICATE-----
      MIIBgDCCASegAwIBAgIUFbl2WJ7G44rrmQakndp0LU2kOTEwCgYIKoZIzj0EAwIw
      FjEUMBIGA1UEAwwLbWFpbCBjbGllbnQwHhcNMjYxMTI2MTgzMDEwWhcNMzYxMTIz
      MTgzMDEwWjAWMRQwEgYDVQQDDAttYWlsIGNsaWVudDBZMBMGByqGSM49AgEGCCqG
      SM49AwEHA0IABF6aqgJAci8Mk3cyQdMp8PCMOxYuq0yFi7zi2w7r1U+sBmocCDi4
      3XDoipPxUX/+oisOMg7pcDGXmTbCGPPqWE+jUzBRMB0GA1UdDgQWBBRetpvE+GRb
      dzziGPnkXZ9ckoqWgDAfBgNVHSMEGDAWgBRetpvE+GRbdzziGPnkXZ9ckoqWgDAP
      BgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0cAMEQCIGD6r4t5E4p5Fa6d8Jlx
      EYalr+aHjB7r0Zdvikj96ZltAiBbD1aDW0g5gBH1ffwuHYWNJfAWU2C1kGJvw0tW
      JwbJ5Q==
      -----END CERTIFICATE-----
      """;

  private static final String THUMBPRINT = "OY_K8j3u4kp1Lu8cgG7vpO1Z-Mr8J127vpaQy8xkzBc";
  private static final String ANOTHER = Hash.sha256(new byte[] {1}).base64Url();
  private static final URI INBOX = URI.create("https://mail.example/inbox");
  private static final RequestContext REQUEST = RequestContext.of("GET", INBOX, "192.0.2.7");
  private static final byte[] SECRET =
      "a secret of thirty-two bytes ....".getBytes(StandardCharsets.UTF_8);

  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-25T12:00:00Z"));
  private final TestIssuer issuer =
      new TestIssuer("enterprise", "https://login.example/enterprise", clock);
  private final TestKeys.Es256 key = issuer.addKey();
  private final TestKeys.Es256 client = new TestKeys.Es256();
  private final String bearer;
  private final String toCertificate;
  private final String toKey;
  private final String toBoth;
  private final Verifier verifier;
  private int proofs;

  PossessionTest() {
    issuer.publish();
    bearer = issuer.issue(issuer.draft(key), key);
    toCertificate = bound(JsonObject.builder().put("x5t#S256", THUMBPRINT));
    toKey = bound(JsonObject.builder().put("jkt", client.kid()));
    toBoth = bound(JsonObject.builder().put("jkt", client.kid()).put("x5t#S256", THUMBPRINT));
    verifier = builder().build();
  }

  private String bound(JsonObject.Builder confirmation) {
    return issuer.issue(issuer.draft(key).claim("cnf", confirmation.build()), key);
  }

  private VerifierBuilder builder() {
    return Verifier.builder(issuer.policy())
        .network(issuer)
        .clock(clock)
        .limits(VerifierLimits.defaults().withKeys(Duration.ofDays(1), Duration.ofHours(1)));
  }

  private static Expectations.WithTenant mail() {
    return Expectations.audience("https://mail.example").accessToken().anyTenant();
  }

  private static String outcome(
      Verifier verifier, String token, Expectations expected, RequestContext request) {
    return verifier.verify(token, expected, request) instanceof Refused refused
        ? refused.code().text()
        : TokenCases.VERIFIED;
  }

  private String outcome(String token, Expectations expected, RequestContext request) {
    return outcome(verifier, token, expected, request);
  }

  private RequestContext withProof(String token) {
    return withProof(token, new TokenDraft());
  }

  private RequestContext withProof(String token, TokenDraft draft) {
    return REQUEST.withDpop(
        draft
            .header("typ", "dpop+jwt")
            .header("alg", "ES256")
            .header("jwk", client.jwk().toJson())
            .claim("jti", "proof-" + proofs++)
            .claim("htm", "GET")
            .claim("htu", INBOX.toString())
            .claim("iat", clock.instant().getEpochSecond())
            .claim("ath", DpopProof.accessTokenHash(token))
            .signed(client));
  }

  private static X509Certificate certificate() throws CertificateException {
    return (X509Certificate)
        CertificateFactory.getInstance("X.509")
            .generateCertificate(new ByteArrayInputStream(PEM.getBytes(StandardCharsets.US_ASCII)));
  }

  @Test
  void aTokenBoundToACertificatePassesWithThatCertificateOnly() throws Exception {
    Expectations expected = mail().bearerAllowed();
    for (int use = 0; use < 2; use++) {
      assertThat(outcome(toCertificate, expected, REQUEST)).isEqualTo("binding-missing");
      assertThat(outcome(toCertificate, expected, REQUEST.withCertificateThumbprint(ANOTHER)))
          .isEqualTo("binding-invalid");
      assertThat(outcome(toCertificate, expected, withProof(toCertificate)))
          .isEqualTo("binding-missing");
      // The control; and the second time the token is known.
      assertThat(verifier.verify(toCertificate, expected, REQUEST.withCertificate(certificate())))
          .isInstanceOfSatisfying(
              Verified.class, v -> assertThat(v.boundToCertificate()).contains(THUMBPRINT));
    }
  }

  @Test
  void anotherIssuersTokenWantsTheSameProof() {
    JsonObject jkt = JsonObject.builder().put("jkt", client.kid()).build();
    JsonObject kid = JsonObject.builder().put("kid", "client-1").build();
    Expectations expected = mail().bearerAllowed();
    RequestContext proven = withProof("token-1");
    assertThat(verifier.bindingRefusal("token-1", null, expected, REQUEST)).isEmpty();
    assertThat(verifier.bindingRefusal("token-1", jkt, expected, proven)).isEmpty();
    assertThat(refusal("token-1", jkt, expected, proven)).as("again").isEqualTo("binding-invalid");
    assertThat(refusal("token-1", jkt, expected, REQUEST)).isEqualTo("binding-missing");
    assertThat(refusal("token-1", jkt, expected, withProof("token-2")))
        .isEqualTo("binding-invalid");
    assertThat(refusal("token-1", kid, expected, proven)).isEqualTo("binding-missing");
    assertThat(refusal("token-1", null, mail().bindingRequired(), REQUEST))
        .isEqualTo("binding-missing");
  }

  private String refusal(
      String token, @Nullable JsonObject cnf, Expectations expected, RequestContext request) {
    return verifier.bindingRefusal(token, cnf, expected, request).orElseThrow().code().text();
  }

  @Test
  void whereBindingIsWantedATokenWithoutOneIsRefused() {
    RequestContext certified = REQUEST.withCertificateThumbprint(THUMBPRINT);
    assertThat(outcome(bearer, mail().bindingRequired(), certified)).isEqualTo("binding-missing");
    assertThat(outcome(bearer, mail().certificateRequired(), certified))
        .isEqualTo("binding-missing");
    assertThat(outcome(bearer, mail().dpopRequired(), withProof(bearer)))
        .isEqualTo("binding-missing");
    assertThat(outcome(bearer, mail().bearerAllowed(), REQUEST)).isEqualTo(TokenCases.VERIFIED);
    // Of the kind that is wanted.
    assertThat(outcome(toCertificate, mail().dpopRequired(), certified))
        .isEqualTo("binding-missing");
    assertThat(outcome(toKey, mail().certificateRequired(), withProof(toKey)))
        .isEqualTo("binding-missing");
    for (Expectations expected :
        new Expectations[] {mail().bindingRequired(), mail().certificateRequired()}) {
      assertThat(outcome(toCertificate, expected, certified)).isEqualTo(TokenCases.VERIFIED);
    }
    for (Expectations expected :
        new Expectations[] {mail().bindingRequired(), mail().dpopRequired()}) {
      assertThat(outcome(toKey, expected, withProof(toKey))).isEqualTo(TokenCases.VERIFIED);
    }
  }

  @Test
  void aTokenBoundTwiceWantsBoth() {
    Expectations expected = mail().bindingRequired();
    RequestContext proven = withProof(toBoth);
    assertThat(outcome(toBoth, expected, REQUEST.withCertificateThumbprint(THUMBPRINT)))
        .isEqualTo("binding-missing");
    assertThat(outcome(toBoth, expected, proven)).isEqualTo("binding-missing");
    assertThat(outcome(toBoth, expected, proven.withCertificateThumbprint(ANOTHER)))
        .isEqualTo("binding-invalid");
    // Neither of the two used the proof up.
    assertThat(outcome(toBoth, expected, proven.withCertificateThumbprint(THUMBPRINT)))
        .isEqualTo(TokenCases.VERIFIED);
  }

  @Test
  void aBindingThatIsUnknownIsRefusedBesideOneThatHolds() {
    RequestContext certified = REQUEST.withCertificateThumbprint(THUMBPRINT);
    JsonObject.Builder good = JsonObject.builder().put("x5t#S256", THUMBPRINT);
    assertThat(outcome(bound(good), mail().bearerAllowed(), certified))
        .isEqualTo(TokenCases.VERIFIED);
    assertThat(outcome(bound(good.put("osc", "x")), mail().bearerAllowed(), certified))
        .isEqualTo("binding-missing");
    assertThat(outcome(bound(JsonObject.builder()), mail().bearerAllowed(), certified))
        .isEqualTo("binding-missing");
  }

  @Test
  void aProofWithANonceOfOneInstanceIsTakenByTheOthers() {
    Duration minute = Duration.ofMinutes(1);
    DpopNonces here = new DpopNonces(SECRET, minute, clock);
    DpopNonces there = new DpopNonces(SECRET.clone(), minute, clock);
    DpopNonces elsewhere = new DpopNonces(new byte[32], minute, clock);
    try (Verifier other = builder().dpopNonces(there).build()) {
      Expectations expected = mail().dpopRequired();
      String nonce = here.current();
      RequestContext good = withProof(toKey, new TokenDraft().claim("nonce", nonce));
      assertThat(outcome(other, toKey, expected, withProof(toKey))).isEqualTo("binding-nonce");
      for (String wrong : new String[] {"", "AAAA", elsewhere.current(), nonce + "A"}) {
        assertThat(
                outcome(
                    other,
                    toKey,
                    expected,
                    withProof(toKey, new TokenDraft().claim("nonce", wrong))))
            .as(wrong)
            .isEqualTo("binding-nonce");
      }
      assertThat(outcome(other, toKey, expected, good)).isEqualTo(TokenCases.VERIFIED);
      assertThat(outcome(other, toKey, expected, good)).isEqualTo("binding-invalid");
    }
  }

  @Test
  void aNonceIsTakenForItsPeriodAndOneMore() {
    DpopNonces nonces = new DpopNonces(SECRET, Duration.ofMinutes(1), clock);
    Instant now = clock.instant();
    String nonce = nonces.current();
    assertThat(nonces.isGood(nonce, now.plusSeconds(119))).isTrue();
    assertThat(nonces.isGood(nonce, now.plusSeconds(120))).isFalse();
    assertThat(nonces.isGood(nonce, now.minusSeconds(60))).isTrue();
    assertThat(nonces.isGood(nonce, now.minusSeconds(61))).isFalse();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new DpopNonces(new byte[31], Duration.ofMinutes(1), clock));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new DpopNonces(SECRET, Duration.ofMillis(999), clock));
  }

  @Test
  void aProofIsGoodOnceAtAllProcessesThatShareAStore() {
    ReplayWindow shared = new ReplayWindow(100);
    Expectations expected = mail().dpopRequired();
    try (Verifier one = builder().usedProofs(shared).build();
        Verifier other = builder().usedProofs(shared).build();
        Verifier broken = builder().usedProofs((h, u, n, f) -> UsedProofs.Use.UNKNOWN).build()) {
      RequestContext used = withProof(toKey);
      assertThat(outcome(one, toKey, expected, used)).isEqualTo(TokenCases.VERIFIED);
      assertThat(outcome(other, toKey, expected, used)).isEqualTo("binding-invalid");
      assertThat(outcome(other, toKey, expected, withProof(toKey))).isEqualTo(TokenCases.VERIFIED);
      assertThat(outcome(broken, toKey, expected, withProof(toKey))).isEqualTo("binding-invalid");
    }
  }

  @Test
  void aSharedStoreRemembersForProcessesWhoseClocksAreApart() {
    ReplayWindow shared = new ReplayWindow(100);
    Expectations expected = mail().dpopRequired();
    try (Verifier behind = builder().usedProofs(shared).build();
        Verifier ahead =
            builder().usedProofs(shared).clock(() -> clock.instant().plusSeconds(30)).build()) {
      RequestContext used = withProof(toKey);
      assertThat(outcome(behind, toKey, expected, used)).isEqualTo(TokenCases.VERIFIED);
      clock.advance(Duration.ofSeconds(40));
      // For the one that is ahead the first proof is 70 seconds old, and nobody's any more.
      assertThat(outcome(ahead, toKey, expected, withProof(toKey))).isEqualTo(TokenCases.VERIFIED);
      assertThat(outcome(behind, toKey, expected, used)).isEqualTo("binding-invalid");
      assertThat(outcome(behind, toKey, expected, withProof(toKey))).isEqualTo(TokenCases.VERIFIED);
    }
  }
}
