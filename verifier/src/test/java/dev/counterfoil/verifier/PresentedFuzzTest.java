package dev.counterfoil.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.counterfoil.format.ChangedInputs;
import dev.counterfoil.format.SeededRandom;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.policy.TlogProof;
import dev.counterfoil.format.word.Sighting;
import dev.counterfoil.verifier.dpop.DpopProof;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a client presents: claims, proofs of possession, whole tokens. An input is {@code
 * header.payload} in the clear on two lines, which is encoded and signed here, so that what lies
 * behind encoding and signature is searched too; or a token as it is. Jazzer searches when {@code
 * JAZZER_FUZZ=1} is set; the default run changes good inputs from a seed.
 */
class PresentedFuzzTest {
  private static final int CHANGED_INPUTS = 300;
  private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");
  private static final URI INBOX = URI.create("https://mail.example/inbox");
  private static final TestKeys.Es256 CLIENT = new TestKeys.Es256(new SeededRandom("client"));
  private static final List<Sighting> SIGHTINGS = new ArrayList<>();
  private static final TestIssuer ISSUER =
      TestIssuer.seeded(
          "presented", "enterprise", "https://login.example/enterprise", new SettableClock(NOW));
  private static final TestKeys.Es256 KEY = ISSUER.addKey();
  private static final String ISSUED = ISSUER.issue(ISSUER.draft(KEY), KEY);
  private static final Verifier VERIFIER = verifier();
  private static final ScheduledExecutorService IDLE = Executors.newScheduledThreadPool(0);

  private static Verifier verifier() {
    ISSUER.publish();
    return Verifier.builder(ISSUER.policy())
        .network(ISSUER)
        .clock(new SettableClock(NOW))
        .sightings(SIGHTINGS::add)
        .limits(
            VerifierLimits.defaults()
                .withKeys(Duration.ofDays(1), Duration.ofMinutes(5))
                .withWaits(Duration.ofSeconds(2), Duration.ofMillis(1)))
        .build();
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static String signed(byte[] clear, TestKeys.Es256 key) {
    String text = text(clear);
    int line = text.indexOf('\n');
    return line < 0
        ? text
        : TokenDraft.signed(
            TokenDraft.encoded(text.substring(0, line))
                + "."
                + TokenDraft.encoded(text.substring(line + 1)),
            key);
  }

  private static boolean isClaims(byte[] bytes) {
    try {
      TokenClaims claims =
          TokenClaims.read(StrictJson.object(bytes, 100_000), Expectations.ACCESS_TOKEN);
      assertThat(claims.audiences()).hasSizeBetween(1, TokenClaims.AUDIENCES_MAX);
      assertThat(List.of(claims.issuedAt(), claims.expiresAt()))
          .allMatch(at -> !at.isBefore(Instant.EPOCH) && at.isBefore(Instant.MAX));
      assertThat(claims.isBound()).isEqualTo(claims.all().has("cnf"));
      assertThat(
              TokenClaims.read(
                  StrictJson.object(claims.all().canonicalBytes(), 1_000_000),
                  Expectations.ACCESS_TOKEN))
          .isEqualTo(claims);
      return true;
    } catch (FormatException e) {
      assertThat(String.valueOf(e.getMessage())).isNotEmpty();
      return false;
    }
  }

  private static boolean isProof(byte[] bytes) {
    DpopProof proofs = new DpopProof(Duration.ofMinutes(1), 10, NOW.minusSeconds(600));
    DpopProof.Outcome outcome =
        proofs.check(signed(bytes, CLIENT), "GET", INBOX, ISSUED, CLIENT.kid(), NOW);
    if (outcome instanceof DpopProof.Rejected rejected) {
      assertThat(rejected.reason()).isNotEmpty();
      return false;
    }
    assertThat(outcome).isEqualTo(new DpopProof.Bound(CLIENT.kid()));
    return true;
  }

  /** A token that the key has signed: only the one that was issued is verified. */
  private static boolean isToken(byte[] bytes) {
    String token = signed(bytes, KEY);
    SIGHTINGS.clear();
    Verification verification = VERIFIER.verify(token, TokenCases.MAIL);
    try {
      // Of a token that was verified before there is none.
      assertThat(SIGHTINGS).hasSizeLessThanOrEqualTo(1);
      for (Sighting sighting : SIGHTINGS) {
        assertThat(Sighting.parse(sighting.toJson())).isEqualTo(sighting);
      }
    } catch (FormatException e) {
      throw new AssertionError("the monitor refuses a sighting that a client has caused", e);
    }
    if (verification instanceof Verified) {
      assertThat(token.substring(0, token.lastIndexOf('.')))
          .isEqualTo(ISSUED.substring(0, ISSUED.lastIndexOf('.')));
    }
    return verification instanceof Verified;
  }

  static Stream<byte[]> goodClaims() {
    return Stream.of(
            ISSUER.draft(KEY).claimsText(),
            """
            {"iss":"i","sub":"s","client_id":"c","tenant":"t","aud":["a","b"],"iat":1,"exp":2,
             "nbf":1,"jti":"x","scope":"a b a","cnf":{"jkt":"k"}}""")
        .map(claims -> claims.getBytes(StandardCharsets.UTF_8));
  }

  static Stream<byte[]> goodProofs() {
    TokenDraft draft =
        new TokenDraft()
            .header("typ", "dpop+jwt")
            .header("alg", "ES256")
            .header("jwk", CLIENT.jwk().toJson())
            .claim("jti", "one")
            .claim("htm", "GET")
            .claim("htu", INBOX.toString())
            .claim("iat", NOW.getEpochSecond())
            .claim("ath", DpopProof.accessTokenHash(ISSUED));
    return Stream.of(clear(draft), draft.signed(CLIENT).getBytes(StandardCharsets.UTF_8));
  }

  static Stream<byte[]> goodTokens() {
    return Stream.of(
        clear(ISSUER.draft(KEY).at("s1g1", 0)), ISSUED.getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] clear(TokenDraft draft) {
    return (draft.headerText() + "\n" + draft.claimsText()).getBytes(StandardCharsets.UTF_8);
  }

  @MethodSource("goodClaims")
  @FuzzTest(maxDuration = "60s")
  void claims(byte[] bytes) {
    isClaims(bytes);
  }

  @MethodSource("goodProofs")
  @FuzzTest(maxDuration = "60s")
  void proofs(byte[] bytes) {
    isProof(bytes);
  }

  /** Whatever is taken leads from one leaf to a root that the log signed. */
  private static boolean isStapled(byte[] bytes) {
    String value = text(bytes);
    try {
      TlogProof proof = StapledProof.parse(value);
      assertThat(value.length()).isLessThanOrEqualTo(StapledProof.LENGTH_MAX);
      assertThat(proof.index()).isNotNegative();
    } catch (FormatException e) {
      assertThat(String.valueOf(e.getMessage())).isNotEmpty();
    }
    try (Verifier verifier =
        Verifier.builder(ISSUER.policy())
            .network(ISSUER)
            .clock(new SettableClock(NOW))
            .scheduler(IDLE)
            .stapling(Stapling.REQUIRED)
            .build()) {
      verifier.refreshKeys();
      Verification verification =
          verifier.verify(ISSUED, TokenCases.MAIL, RequestContext.none().withStapledProof(value));
      if (verification instanceof Verified verified) {
        assertThat(verified.position()).isZero();
        return true;
      }
      assertThat(((Refused) verification).code().text()).startsWith("proof-");
      return false;
    }
  }

  static Stream<byte[]> goodStapled() {
    return Stream.of(
        StapledProof.of(ISSUER.log("s1g1").proof(0).orElseThrow())
            .getBytes(StandardCharsets.UTF_8));
  }

  @MethodSource("goodStapled")
  @FuzzTest(maxDuration = "60s")
  void stapled(byte[] bytes) {
    isStapled(bytes);
  }

  @MethodSource("goodTokens")
  @FuzzTest(maxDuration = "60s")
  void tokens(byte[] bytes) {
    isToken(bytes);
  }

  private record Parser(String name, Stream<byte[]> good, Predicate<byte[]> accepts) {}

  @Test
  void changedInputsAreRefusedOrRead() {
    for (Parser parser :
        List.of(
            new Parser("claims", goodClaims(), PresentedFuzzTest::isClaims),
            new Parser("proof", goodProofs(), PresentedFuzzTest::isProof),
            new Parser("token", goodTokens(), PresentedFuzzTest::isToken),
            new Parser("stapled", goodStapled(), PresentedFuzzTest::isStapled))) {
      ChangedInputs changed = new ChangedInputs(13);
      List<byte[]> good = parser.good.toList();
      int accepted = 0;
      for (int i = 0; i < CHANGED_INPUTS; i++) {
        accepted += parser.accepts.test(changed.of(good.get(i % good.size()))) ? 1 : 0;
      }
      assertThat(good).as(parser.name).allMatch(parser.accepts);
      assertThat(accepted).as(parser.name).isBetween(1, CHANGED_INPUTS - 1);
    }
  }
}
