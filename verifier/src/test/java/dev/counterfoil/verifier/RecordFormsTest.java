package dev.counterfoil.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.keys.RecordForm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tokens that another issuer composes: found by their digests, or recorded by nobody. */
class RecordFormsTest {
  private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");
  private static final Instant UNTIL = NOW.plus(Duration.ofHours(2));
  private static final Expectations UNTYPED =
      Expectations.audience("https://mail.example").tokenType("JWT").anyTenant().bearerAllowed();

  private final SettableClock clock = new SettableClock(NOW);
  private final TestIssuer issuer =
      new TestIssuer("enterprise", "https://login.example/enterprise", clock);
  private final TestKeys.Es256 recorded = new TestKeys.Es256();
  private final TestKeys.Es256 unrecorded = new TestKeys.Es256();
  private final TestKeys.TokenKey edwards = TestKeys.of(PublicJwk.Algorithm.EDDSA);
  private final TestKeys.Es256 ours = issuer.addKey();
  private final Verifier verifier;

  RecordFormsTest() {
    issuer.addLog("d1g1");
    state(recorded, new RecordForm.Digest("d1g1"), "theirs");
    state(unrecorded, new RecordForm.None(UNTIL), "key-1");
    state(edwards, new RecordForm.None(UNTIL), "edwards-1");
    issuer.publish();
    verifier =
        Verifier.builder(issuer.policy())
            .network(issuer)
            .clock(clock)
            .limits(
                VerifierLimits.defaults()
                    .withKeys(Duration.ofDays(1), Duration.ofDays(1))
                    .withWaits(Duration.ofSeconds(2), Duration.ofMillis(20)))
            .build();
  }

  private void state(TestKeys.TokenKey key, RecordForm record, String alias) {
    issuer.state(
        issuer.statement(key, "s1g1").toBuilder()
            .purpose("legacy")
            .tenants(AllowList.of("acme"))
            .tokenTypes(AllowList.of("JWT", "at+jwt"))
            .record(record)
            .alias(alias)
            .custody("legacy", KeyStatement.Assurance.UNKNOWN)
            .build());
  }

  /** As other issuers write them: without a type, without a tenant, with a name of their own. */
  private TokenDraft draft(String kid) {
    Instant now = clock.instant();
    return new TokenDraft()
        .header("alg", "ES256")
        .header("kid", kid)
        .header("x5t", "VGhpcyBpcyByZWFkIG92ZXI")
        .claim("iss", issuer.issuer())
        .claim("sub", "alice")
        .claim("aud", "https://mail.example")
        .claim("jti", "0b2b1b0e-5b0f-4c8e-9d5f-0d5a7b1a7f11")
        .times(now, now.plus(Duration.ofMinutes(15)));
  }

  private String code(String token) {
    return outcome(verifier.verify(token, UNTYPED));
  }

  private static String outcome(Verification verification) {
    return verification instanceof Refused refused
        ? refused.code().text()
        : verification.getClass().getSimpleName();
  }

  private String handedIn(TokenDraft draft) {
    issuer.log("d1g1").append(draft.leaf());
    return draft.signed(recorded);
  }

  /** RFC 9864 2.2: issuers of today call it Ed25519. Our own tokens have one name. */
  @Test
  void anotherIssuersEd25519HasTwoNames() {
    for (String name : List.of("EdDSA", "Ed25519")) {
      assertThat(code(draft("edwards-1").header("alg", name).claim("n", name).signed(edwards)))
          .as(name)
          .isEqualTo("Unrecorded");
      assertThat(code(draft("key-1").header("alg", name).claim("n", name).signed(unrecorded)))
          .as(name)
          .isEqualTo("algorithm");
    }
  }

  @Test
  void aTokenWhoseDigestWasHandedInIsVerified() {
    String token = handedIn(draft("theirs").claim("n", 1));
    for (int i = 0; i < 2; i++) {
      assertThat(verifier.verify(token, UNTYPED))
          .isInstanceOfSatisfying(
              Verified.class,
              v -> {
                assertThat(v.position()).isZero();
                assertThat(v.tokenId().log()).isEqualTo("d1g1");
                assertThat(v.tenant()).as("the only one of its key").isEqualTo("acme");
                assertThat(v.keyId()).isEqualTo(recorded.kid());
                assertThat(((IssuanceProof.Shown) v.proof()).checkpoint().origin())
                    .endsWith("/logs/d1g1");
              });
    }
    assertThat(issuer.reads()).as("the second time from memory").isLessThan(12);
  }

  /** Nobody is asked where a token's digest stands that came with the stream. */
  @Test
  void aStreamOfTheRecordLogShowsATokenWithoutACall() throws Exception {
    String early = handedIn(draft("theirs").claim("n", 1));
    try (Verifier streaming =
        Verifier.builder(issuer.policy())
            .network(
                (uri, max) -> {
                  if (uri.getPath().contains("/digest/")) {
                    throw new IOException("nobody is asked");
                  }
                  return issuer.get(uri, max);
                })
            .clock(clock)
            .limits(
                VerifierLimits.defaults()
                    .withKeys(Duration.ofDays(1), Duration.ofDays(1))
                    .withWaits(Duration.ofSeconds(2), Duration.ofMillis(20)))
            .stream()
            .build()) {
      StreamTest.awaitSize(streaming, "d1g1", 1);
      String late = handedIn(draft("theirs").claim("n", 2));
      StreamTest.awaitSize(streaming, "d1g1", 2);
      for (String token : List.of(early, late)) {
        assertThat(streaming.verify(token, UNTYPED))
            .isInstanceOfSatisfying(
                Verified.class,
                v -> {
                  assertThat(v.proof()).isInstanceOf(IssuanceProof.ByStream.class);
                  assertThat(v.tokenId().log()).isEqualTo("d1g1");
                });
      }
      assertThat(outcome(streaming.verify(draft("theirs").claim("n", 3).signed(recorded), UNTYPED)))
          .as("what is not in the stream is asked for")
          .isEqualTo("proof-unavailable");
    }
  }

  @Test
  void otherIssuersMayWriteTheOtherValueOfS() throws Exception {
    String low = handedIn(draft("theirs"));
    int dot = low.lastIndexOf('.');
    byte[] signature = Base64Url.decode(low.substring(dot + 1));
    String high = low.substring(0, dot + 1) + Base64Url.encode(TestKeys.otherS(signature));
    assertThat(code(low)).isEqualTo("Verified");
    assertThat(code(high)).isEqualTo("Verified");
    String own = issuer.issue(issuer.draft(ours), ours);
    dot = own.lastIndexOf('.');
    signature = Base64Url.decode(own.substring(dot + 1));
    String ownHigh = own.substring(0, dot + 1) + Base64Url.encode(TestKeys.otherS(signature));
    assertThat(outcome(verifier.verify(own, TokenCases.MAIL))).isEqualTo("Verified");
    assertThat(outcome(verifier.verify(ownHigh, TokenCases.MAIL))).isEqualTo("signature-high-s");
  }

  @Test
  void aTokenWhoseDigestIsNotThereIsRefused() {
    String forged = draft("theirs").claim("sub", "mallory").signed(recorded);
    assertThat(code(forged)).isEqualTo("digest-unknown");
    assertThat(code(handedIn(draft("theirs")))).isEqualTo("Verified");
    assertThat(code(forged)).isEqualTo("digest-unknown");
    assertThat(code(handedIn(draft("theirs").claim("sub", "mallory"))))
        .as("once it is handed in")
        .isEqualTo("Verified");
  }

  @Test
  void theAuthoritysWordForAPositionIsNotTaken() {
    String honest = handedIn(draft("theirs"));
    String forged = draft("theirs").claim("sub", "mallory").signed(recorded);
    issuer.between(
        (path, read) ->
            path.contains("/digest/")
                ? "{\"log\":\"d1g1\",\"position\":0}".getBytes(StandardCharsets.UTF_8)
                : read.read());
    assertThat(code(forged)).isEqualTo("proof-unavailable");
    assertThat(code(honest)).isEqualTo("Verified");
    for (String answer :
        new String[] {
          "{\"log\":\"d2g1\",\"position\":0}",
          "{\"position\":0}",
          "no",
          "{\"log\":\"d1g1\",\"position\":-1}"
        }) {
      issuer.between(
          (path, read) ->
              path.contains("/digest/") ? answer.getBytes(StandardCharsets.UTF_8) : read.read());
      assertThat(code(handedIn(draft("theirs").claim("sub", answer))))
          .as(answer)
          .isEqualTo("proof-unavailable");
    }
  }

  @Test
  void aTokenThatNobodyRecordsIsUnrecordedUntilItsDateAndNeverVerified() {
    assertThat(verifier.verify(draft("key-1").signed(unrecorded), UNTYPED))
        .isInstanceOfSatisfying(
            Unrecorded.class,
            u -> {
              assertThat(u.isVerified()).isFalse();
              assertThat(u.until()).isEqualTo(UNTIL);
              assertThat(u.subject()).isEqualTo("alice");
              assertThat(u.tenant()).isEqualTo("acme");
              assertThat(u.keyId()).isEqualTo(unrecorded.kid());
            });
    TokenDraft recordedToo = draft("key-1");
    issuer.log("s1g1").append(recordedToo.leaf());
    issuer.log("d1g1").append(recordedToo.leaf());
    assertThat(code(recordedToo.signed(unrecorded)))
        .as("a forger records his tokens where he likes, and gains nothing")
        .isEqualTo("Unrecorded");
    clock.advance(Duration.between(clock.instant(), UNTIL).minusSeconds(1));
    verifier.refreshKeys();
    String last = draft("key-1").signed(unrecorded);
    assertThat(code(last)).isEqualTo("Unrecorded");
    clock.advance(Duration.ofSeconds(1));
    verifier.refreshKeys();
    assertThat(code(last)).isEqualTo("unrecorded-ended");
  }

  @Test
  void everyOtherCheckHoldsForTokensThatNobodyRecords() {
    TestKeys.Es256 thief = new TestKeys.Es256();
    assertThat(code(draft("key-1").signed(thief))).isEqualTo("signature");
    assertThat(code(draft("key-1").claim("tenant", "globex").signed(unrecorded)))
        .isEqualTo("key-scope-tenant");
    assertThat(code(draft("key-1").header("typ", "logout+jwt").signed(unrecorded)))
        .isEqualTo("key-scope-type");
    assertThat(code(draft("key-1").claim("aud", "https://files.example").signed(unrecorded)))
        .isEqualTo("audience");
    assertThat(code(draft("key-1").header("jwk", JsonObject.builder().build()).signed(unrecorded)))
        .isEqualTo("malformed");
    assertThat(code(draft("key-2").signed(unrecorded))).isEqualTo("malformed");
    assertThat(code(draft(unrecorded.kid()).signed(unrecorded)))
        .as("by its thumbprint, too")
        .isEqualTo("Unrecorded");
    issuer.withdraw(unrecorded.kid());
    issuer.publish();
    clock.advance(Duration.ofSeconds(10));
    verifier.refreshKeys();
    assertThat(code(draft("key-1").signed(unrecorded))).isEqualTo("key-withdrawn");
  }

  @Test
  void aTaintedKeyWhoseTokensNobodyRecordsIsRefusedWholeAndARecordedOneFromThereOn() {
    String before = draft("key-1").signed(unrecorded);
    String recordedBefore = handedIn(draft("theirs").claim("n", 1));
    assertThat(code(before)).isEqualTo("Unrecorded");
    Instant from = clock.instant().plusSeconds(5);
    issuer.taint(unrecorded.kid(), from);
    issuer.taint(recorded.kid(), from);
    issuer.publish();
    clock.advance(Duration.ofSeconds(10));
    verifier.refreshKeys();
    assertThat(code(before)).as("a thief dates his tokens as he likes").isEqualTo("key-tainted");
    assertThat(code(recordedBefore)).as("its record shows when it was made").isEqualTo("Verified");
    assertThat(code(handedIn(draft("theirs").claim("n", 2)))).isEqualTo("key-tainted");
  }

  @Test
  void ourOwnTokensHaveNoLibertiesOfOthers() {
    TokenDraft untyped = draft(ours.kid()).claim("tenant", "acme").claim("client_id", "c");
    assertThat(code(untyped.signed(ours))).isEqualTo("malformed");
    String good = issuer.issue(issuer.draft(ours), ours);
    assertThat(outcome(verifier.verify(good, TokenCases.MAIL))).isEqualTo("Verified");
  }
}
