package dev.counterfoil.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.format.word.Sighting;
import java.nio.charset.StandardCharsets;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Tokens of issuers that keep their own name and keys, and hand digests in. */
class AttachedIssuersTest {
  private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");
  private static final String OURS = "https://login.example/enterprise";
  private static final String KEYCLOAK = "https://kc.example/realms/acme";
  private static final String OTHER = "https://other.example";

  private static final Expectations MAIL =
      Expectations.audience("https://mail.example").accessToken().tenant("acme").bearerAllowed();
  private static final Expectations ATTACHED = MAIL.attachedIssuer(KEYCLOAK).attachedIssuer(OTHER);
  private static final Expectations UNTYPED =
      Expectations.audience("https://mail.example")
          .tokenType("JWT")
          .tenant("acme")
          .bearerAllowed()
          .attachedIssuer(KEYCLOAK);

  private static final RequestContext NONE = RequestContext.none();

  private final SettableClock clock = new SettableClock(NOW);
  private final TestIssuer issuer = new TestIssuer("enterprise", OURS, clock);
  private final TestKeys.TokenKey keycloak = TestKeys.of(PublicJwk.Algorithm.RS256);
  private final TestKeys.Es256 other = new TestKeys.Es256();
  private final TestKeys.Es256 adopted = new TestKeys.Es256();
  private final TestKeys.Es256 ours = issuer.addKey();
  private final Deque<Sighting> seen = new ArrayDeque<>();
  private final Verifier verifier;

  AttachedIssuersTest() {
    issuer.addLog("d1g1");
    issuer.addLog("d2g1");
    attach(Set.of(KEYCLOAK, OTHER));
    state(keycloak, KEYCLOAK, "d1g1", "kc-1");
    state(other, OTHER, "d2g1", "other-1");
    state(adopted, OURS, "d1g1", "old-1");
    issuer.publish();
    verifier =
        Verifier.builder(issuer.policy())
            .network(issuer)
            .clock(clock)
            .sightings(seen::add)
            .limits(
                VerifierLimits.defaults()
                    .withKeys(Duration.ofDays(1), Duration.ofDays(1))
                    .withWaits(Duration.ofSeconds(2), Duration.ofMillis(20)))
            .build();
  }

  private void attach(Set<String> issuers) {
    issuer.delegate(
        like ->
            TestIssuer.with(
                like, like.bounds().attaching(issuers), clock.instant(), like.notAfter()));
  }

  private void state(TestKeys.TokenKey key, String of, String log, String alias) {
    issuer.state(
        issuer.statement(key, "s1g1").toBuilder()
            .issuer(of)
            .purpose("attached")
            .tenants(AllowList.of("acme"))
            .tokenTypes(AllowList.of("JWT"))
            .audiences(AllowList.of("https://mail.example", "account"))
            .record(new RecordForm.Digest(log))
            .alias(alias)
            .custody("attached", KeyStatement.Assurance.UNKNOWN)
            .build());
  }

  /** An access token as Keycloak 26 writes it. */
  private TokenDraft keycloakToken() {
    return token(KEYCLOAK, "kc-1", "RS256").claim("typ", "Bearer");
  }

  private TokenDraft token(String iss, String kid, String algorithm) {
    Instant now = clock.instant();
    return new TokenDraft()
        .header("alg", algorithm)
        .header("typ", "JWT")
        .header("kid", kid)
        .times(now, now.plus(Duration.ofMinutes(5)))
        .claim("jti", "onrtac:" + UUID.randomUUID())
        .claim("iss", iss)
        .claim("aud", List.of("account", "https://mail.example"))
        .claim("sub", "6e5bfb2b-6b9e-4f2d-a1ff-8d4e5f5f1e43")
        .claim("azp", "shop")
        .claim("sid", "f4cbb0a1")
        .claim("scope", "openid profile email");
  }

  private String recorded(TokenDraft draft, String log, TestKeys.TokenKey key) {
    issuer.log(log).append(draft.leaf());
    return draft.signed(key);
  }

  private String code(String token, Expectations expectations) {
    Verification verification = verifier.verify(token, expectations);
    return verification instanceof Refused refused
        ? refused.code().text()
        : verification.getClass().getSimpleName();
  }

  /** As another domain's verifier has it looked at, which cannot tell whose it is. */
  @Test
  void aForgedOneThatAnotherDomainRefusesIsReportedHereAndNothingOfOthersIs() {
    String forged = keycloakToken().signed(keycloak);
    verifier.inspectIfOurs(
        token(KEYCLOAK, "kc-1", "RS256").signed(TestKeys.of(PublicJwk.Algorithm.RS256)),
        MAIL,
        NONE,
        null);
    assertThat(seen).as("the control: nobody of ours signed it").noneMatch(Sighting::signed);
    seen.clear();
    verifier.inspectIfOurs(
        token("x", "nobody's", "RS256").signed(TestKeys.of(PublicJwk.Algorithm.RS256)),
        MAIL,
        NONE,
        null);
    verifier.inspectIfOurs("no token", MAIL, NONE, null);
    assertThat(seen).isEmpty();
    verifier.inspectIfOurs(token("x", "nobody's", "RS256").signed(keycloak), MAIL, NONE, null);
    assertThat(seen).as("whatever key it names").singleElement().matches(Sighting::signed);
    seen.clear();
    verifier.inspectIfOurs(forged, MAIL, NONE, null);
    assertThat(seen).hasSize(1);
    assertThat(seen.getFirst().signed()).isTrue();
    assertThat(seen.getFirst().outcome()).isEqualTo("digest-unknown");
  }

  @Test
  void aRecordedTokenOfAnAttachedIssuerIsVerifiedWithThatIssuer() {
    String token = recorded(keycloakToken(), "d1g1", keycloak);
    for (int i = 0; i < 2; i++) {
      assertThat(verifier.verify(token, ATTACHED))
          .isInstanceOfSatisfying(
              Verified.class,
              v -> {
                assertThat(v.issuer()).isEqualTo(KEYCLOAK);
                assertThat(v.tenant()).isEqualTo("acme");
                assertThat(v.clientId()).hasValue("shop");
                assertThat(v.tokenId().log()).isEqualTo("d1g1");
              });
    }
    assertThat(code(recorded(token(OTHER, "other-1", "ES256"), "d2g1", other), ATTACHED))
        .as("nothing in it says that it is an access token")
        .isEqualTo("token-type");
  }

  /** Made with the realm's stolen key: everything is good, and it was never handed in. */
  @Test
  void aForgedTokenOfAnAttachedIssuerIsRefused() {
    assertThat(code(recorded(keycloakToken(), "d1g1", keycloak), ATTACHED)).isEqualTo("Verified");
    assertThat(code(keycloakToken().signed(keycloak), ATTACHED)).isEqualTo("digest-unknown");
    assertThat(seen.getLast().token().issuer()).isEqualTo(KEYCLOAK);
    assertThat(seen.getLast().signed()).isTrue();
    assertThat(code(recorded(keycloakToken(), "d2g1", keycloak), ATTACHED))
        .as("recorded by another source, in its log")
        .isEqualTo("digest-unknown");
  }

  /** However it is spelled and for whom it is: its sighting says that no log has it. */
  @Test
  void aForgedTokenOfAnAttachedIssuerIsReportedWhateverElseIsWrong() throws Exception {
    List<UnaryOperator<TokenDraft>> faults =
        List.of(
            draft -> draft.without("exp"),
            draft -> draft.without("iss"),
            draft -> draft.claim("jti", 7),
            draft -> draft.claim("exp", "soon"),
            draft -> draft.claim("aud", "https://files.example"),
            draft -> draft.header("kid", "x"),
            draft -> draft.header("kid", "other-1"),
            draft -> draft.header("alg", "rs256"),
            draft -> draft.header("crit", List.of("x")));
    assertThat(code(recorded(keycloakToken(), "d1g1", keycloak), ATTACHED)).isEqualTo("Verified");
    for (UnaryOperator<TokenDraft> fault : faults) {
      TokenDraft forged = fault.apply(keycloakToken());
      code(forged.signed(keycloak), ATTACHED);
      assertThat(seen.getLast().outcome())
          .as(seen.getLast().toString())
          .isEqualTo("digest-unknown");
      assertThat(seen.getLast().token().kid()).isEqualTo(keycloak.kid());

      // The control: the same, recorded before it was released.
      String code = code(recorded(fault.apply(keycloakToken()), "d1g1", keycloak), ATTACHED);
      assertThat(seen.getLast().outcome()).isEqualTo(code).isNotEqualTo("digest-unknown");
    }
    for (String around : List.of("%s,", "Bearer %s", "%sA", "%s.x")) {
      code(around.formatted(keycloakToken().signed(keycloak)), ATTACHED);
      assertThat(seen.getLast().outcome()).as(around).isEqualTo("digest-unknown");
    }
    code(keycloakToken().claim("jti", 7).signed(other), ATTACHED);
    assertThat(seen.getLast().token().kid()).isEqualTo(other.kid());
  }

  /** RFC 7518 3.3, 3.5: a thief's library signs with what its user names. */
  @Test
  void aTokenThatAStolenRsaKeySignedWithAnotherAlgorithmIsReported() throws Exception {
    Map<String, PSSParameterSpec> algorithms = new LinkedHashMap<>();
    algorithms.put(
        "PS256", new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, 1));
    algorithms.put(
        "PS384", new PSSParameterSpec("SHA-384", "MGF1", MGF1ParameterSpec.SHA384, 48, 1));
    algorithms.put(
        "PS512", new PSSParameterSpec("SHA-512", "MGF1", MGF1ParameterSpec.SHA512, 64, 1));
    algorithms.put("RS1", null);
    algorithms.put("RS384", null);
    algorithms.put("RS512", null);
    TestKeys.Plain stranger = (TestKeys.Plain) TestKeys.of(PublicJwk.Algorithm.RS256);
    for (Map.Entry<String, PSSParameterSpec> algorithm : algorithms.entrySet()) {
      for (TestKeys.Plain by : List.of((TestKeys.Plain) keycloak, stranger)) {
        String input = keycloakToken().header("alg", algorithm.getKey()).signingInput();
        String java =
            algorithm.getValue() != null
                ? "RSASSA-PSS"
                : "SHA" + algorithm.getKey().substring(2) + "withRSA";
        byte[] signature =
            by.signature(java, algorithm.getValue(), input.getBytes(StandardCharsets.US_ASCII));
        code(input + "." + Base64Url.encode(signature), ATTACHED);
        assertThat(seen.getLast().signed()).as(algorithm.getKey()).isEqualTo(!by.equals(stranger));
      }
    }
  }

  @Test
  void aServiceTakesTokensOfAttachedIssuersThatItNames() {
    String token = recorded(keycloakToken(), "d1g1", keycloak);
    assertThat(code(token, ATTACHED)).isEqualTo("Verified");
    assertThat(code(token, MAIL)).isEqualTo("issuer");
    assertThat(seen.getLast().evidence()).as("an honest token stays here").isNull();
    assertThat(code(token, MAIL.attachedIssuer(OTHER))).isEqualTo("issuer");
    assertThat(code(token, Expectations.asIssuer(OURS))).isEqualTo("issuer");
    for (int i = 0; i < 2; i++) {
      // In turns: what is known of a header is of one key alone.
      assertThat(code(issuer.issue(issuer.draft(ours), ours), ATTACHED)).isEqualTo("Verified");
      assertThat(code(recorded(keycloakToken(), "d1g1", keycloak), ATTACHED)).isEqualTo("Verified");
    }
  }

  /** Each key with each name of an issuer, recorded in every log that there is. */
  @Test
  void noKeySignsForAnotherIssuerThanItsOwn() {
    record Signer(String iss, String kid, TestKeys.TokenKey key) {}
    List<Signer> signers =
        List.of(
            new Signer(KEYCLOAK, "kc-1", keycloak),
            new Signer(OTHER, "other-1", other),
            new Signer(OURS, "old-1", adopted),
            new Signer(OURS, ours.kid(), ours));
    int passed = 0;
    for (Signer signer : signers) {
      for (String iss : List.of(KEYCLOAK, OTHER, OURS, "https://stranger.example")) {
        for (String kid : List.of(signer.kid, signer.key.kid())) {
          TokenDraft draft =
              token(iss, kid, signer.key.jwk().algorithm().jose())
                  .claim("typ", "Bearer")
                  .claim("aud", "https://mail.example");
          issuer.log("d1g1").append(draft.leaf());
          issuer.log("d2g1").append(draft.leaf());
          String outcome = code(draft.signed(signer.key), UNTYPED.attachedIssuer(OTHER));
          boolean own = iss.equals(signer.iss) && signer.key != ours;
          passed += own ? 1 : 0;
          assertThat(outcome)
              .as("%s signs for %s as %s", signer.iss, iss, kid)
              .isIn(own ? List.of("Verified") : List.of("issuer", "malformed"));
        }
      }
    }
    assertThat(passed).isEqualTo(6);
    // By another's name: its own signature is none of that key's.
    TokenDraft borrowed = token(KEYCLOAK, "kc-1", "RS256").claim("typ", "Bearer");
    issuer.log("d1g1").append(borrowed.leaf());
    assertThat(code(borrowed.signed(TestKeys.of(PublicJwk.Algorithm.RS256)), ATTACHED))
        .isEqualTo("signature");
  }

  @Test
  void anIdTokenIsNoAccessToken() {
    assertThat(code(recorded(keycloakToken(), "d1g1", keycloak), UNTYPED)).isEqualTo("Verified");
    assertThat(code(recorded(keycloakToken().claim("typ", "DPoP"), "d1g1", keycloak), ATTACHED))
        .isEqualTo("Verified");
    for (String kind : List.of("ID", "Refresh", "Offline", "Logout", "bearer", "")) {
      TokenDraft draft = keycloakToken().claim("typ", kind);
      assertThat(code(recorded(draft, "d1g1", keycloak), UNTYPED)).as(kind).isEqualTo("token-type");
      assertThat(code(recorded(draft, "d1g1", keycloak), ATTACHED)).isEqualTo("token-type");
    }
    TokenDraft silent = keycloakToken().without("typ");
    assertThat(code(recorded(silent, "d1g1", keycloak), UNTYPED)).isEqualTo("Verified");
    for (String claim : List.of("nonce", "at_hash", "c_hash", "s_hash", "events")) {
      TokenDraft draft = keycloakToken().without("typ").claim(claim, "x");
      assertThat(code(recorded(draft, "d1g1", keycloak), UNTYPED))
          .as(claim)
          .isEqualTo("token-type");
    }
  }

  @Test
  void everyOtherCheckHolds() {
    record Case(TokenDraft draft, String code) {}
    for (Case one :
        List.of(
            new Case(keycloakToken(), "Verified"),
            new Case(keycloakToken().without("aud"), "audience"),
            new Case(keycloakToken().claim("aud", List.of("account")), "audience"),
            new Case(
                keycloakToken().claim("aud", List.of("https://mail.example", "files")),
                "key-scope-audience"),
            new Case(keycloakToken().claim("tenant", "globex"), "key-scope-tenant"),
            new Case(keycloakToken().header("typ", "at+jwt"), "key-scope-type"),
            new Case(keycloakToken().header("alg", "PS256"), "algorithm"),
            new Case(keycloakToken().without("sub"), "malformed"),
            new Case(keycloakToken().times(NOW, NOW.plus(Duration.ofHours(2))), "life-too-long"))) {
      assertThat(code(recorded(one.draft, "d1g1", keycloak), ATTACHED)).isEqualTo(one.code);
    }
  }

  @Test
  void aKeyThatNobodyConfirmedIsUnknownUntilItIsStated() {
    TestKeys.TokenKey next = TestKeys.of(PublicJwk.Algorithm.RS256);
    TokenDraft draft = keycloakToken().header("kid", "kc-2");
    String token = recorded(draft, "d1g1", next);
    assertThat(verifier.verify(token, ATTACHED))
        .isInstanceOfSatisfying(
            Refused.class,
            no -> {
              assertThat(no.code()).isEqualTo(RefusalCode.KEY_UNKNOWN);
              assertThat(no.reason()).contains(KEYCLOAK, "keys attach");
            });
    assertThat(seen.getLast().token().issuer()).isEqualTo(KEYCLOAK);
    state(next, KEYCLOAK, "d1g1", "kc-2");
    issuer.publish();
    clock.advance(Duration.ofSeconds(10));
    verifier.refreshKeys();
    assertThat(code(token, ATTACHED)).isEqualTo("Verified");
  }

  @Test
  void anIssuerThatIsDetachedIsRefused() {
    String token = recorded(keycloakToken(), "d1g1", keycloak);
    assertThat(code(token, ATTACHED)).isEqualTo("Verified");
    attach(Set.of(OTHER));
    issuer.publish();
    clock.advance(Duration.ofSeconds(10));
    verifier.refreshKeys();
    assertThat(code(token, ATTACHED)).isIn("issuer", "malformed");
    assertThat(code(recorded(keycloakToken(), "d1g1", keycloak), ATTACHED))
        .isIn("issuer", "malformed");
  }
}
