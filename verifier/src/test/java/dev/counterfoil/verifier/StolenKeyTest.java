package dev.counterfoil.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.word.Sighting;
import dev.counterfoil.verifier.dpop.DpopProof;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Somebody has the private key: among honest tokens every one of his is refused and reported with
 * evidence, and no honest one is.
 */
class StolenKeyTest {
  private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");
  private static final URI INBOX = URI.create("https://mail.example/inbox");
  private static final int BATCH = 500;

  /** What the thief tries; each must have one of its codes. */
  private enum Trick {
    HONEST_IDENTIFIER(RefusalCode.NEVER_ISSUED),
    HONEST_POSITION(RefusalCode.NEVER_ISSUED),
    LAST_POSITION(RefusalCode.NEVER_ISSUED),
    OWN_BINDING(RefusalCode.NEVER_ISSUED),
    BEYOND_TIP(RefusalCode.BEYOND_TIP),
    UUID_IDENTIFIER(RefusalCode.TOKEN_ID),
    OTHER_LOG(RefusalCode.WRONG_LOG),
    LOGGED_ELSEWHERE(RefusalCode.WRONG_LOG),
    PAST(RefusalCode.EXPIRED),
    FUTURE(RefusalCode.NOT_YET_VALID),
    OTHER_SIGNATURE(RefusalCode.SIGNATURE);

    private final RefusalCode code;

    Trick(RefusalCode code) {
      this.code = code;
    }

    /**
     * Whether the token itself is evidence: its key has signed what its signer never would, or the
     * log shows another one at its place.
     */
    boolean isEvidence() {
      return this != OTHER_SIGNATURE;
    }
  }

  /** One world with a thief in it. */
  private static final class Theft implements AutoCloseable {
    private final SettableClock clock = new SettableClock(NOW);
    private final TestIssuer issuer =
        new TestIssuer("enterprise", "https://login.example/enterprise", clock);
    private final TestKeys.Es256 key = issuer.addKey();
    private final TestKeys.Es256 other = new TestKeys.Es256();
    private final TestKeys.Es256 own = new TestKeys.Es256();
    private final List<Sighting> sightings = Collections.synchronizedList(new ArrayList<>());
    private final Random random;
    private final Verifier verifier;
    private final Set<Hash> forged = new HashSet<>();
    private final Set<Hash> evident = new HashSet<>();
    private long honest;
    private int tried;

    Theft(long seed) {
      random = new Random(seed);
      issuer.addLog("s1g2");
      issuer.state(issuer.statement(other, "s1g2"));
      issuer.publish();
      verifier =
          Verifier.builder(issuer.policy())
              .network(issuer)
              .clock(clock)
              .sightings(sightings::add)
              .limits(
                  VerifierLimits.defaults()
                      .withKeys(Duration.ofDays(1), Duration.ofMinutes(5))
                      .withWaits(Duration.ofSeconds(2), Duration.ofMillis(1)))
              .build();
      verifier.refreshKeys();
    }

    /** A batch of honest tokens in any order, and every trick among them. */
    void batch() {
      List<String> tokens = new ArrayList<>();
      for (int i = 0; i < BATCH; i++) {
        tokens.add(issuer.issue(issuer.draft(key), key));
      }
      List<Runnable> presented = new ArrayList<>();
      for (String token : tokens) {
        presented.add(() -> requireHonest(token));
      }
      for (Trick trick : Trick.values()) {
        presented.add(() -> steal(trick, tokens));
      }
      Collections.shuffle(presented, random);
      presented.forEach(Runnable::run);
    }

    private void steal(Trick trick, List<String> tokens) {
      String victim = tokens.get(random.nextInt(tokens.size()));
      // He has seen it pass.
      requireHonest(victim);
      String token = forged(trick, victim);
      tried++;
      forged.add(digest(token));
      if (trick.isEvidence()) {
        evident.add(digest(token));
      }
      RequestContext request = RequestContext.of("GET", INBOX, "192.0.2.66").withDpop(proof(token));
      require(verifier.verify(token, TokenCases.MAIL, request), token, trick);
      // Once more: what was refused is not remembered as good.
      require(
          verifier.verify(token, TokenCases.MAIL, request.withDpop(proof(token))), token, trick);
    }

    private void requireHonest(String token) {
      honest++;
      assertThat(verifier.verify(token, TokenCases.MAIL)).as(token).isInstanceOf(Verified.class);
    }

    private static void require(Verification answer, String token, Trick trick) {
      assertThat(answer).as(trick + ": " + token).isInstanceOf(Refused.class);
      assertThat(((Refused) answer).code()).as(trick + ": " + token).isEqualTo(trick.code);
    }

    private String forged(Trick trick, String victim) {
      long size = issuer.log("s1g1").size();
      TokenDraft draft =
          issuer.draft(key).claim("sub", "mallory-" + tried).claim("jti", jti(victim));
      return switch (trick) {
        case HONEST_IDENTIFIER -> draft.signed(key);
        case HONEST_POSITION -> draft.at("s1g1", random.nextInt((int) size)).signed(key);
        case LAST_POSITION -> draft.at("s1g1", size - 1).signed(key);
        case OWN_BINDING ->
            draft.claim("cnf", JsonObject.builder().put("jkt", own.kid()).build()).signed(key);
        case BEYOND_TIP -> draft.at("s1g1", size + 1_000_000 + tried).signed(key);
        case UUID_IDENTIFIER ->
            draft
                .claim("jti", new UUID(random.nextLong(), random.nextLong()).toString())
                .signed(key);
        case OTHER_LOG -> draft.at("s1g2", 0).signed(key);
        // He holds another signer's log besides, and not this key's.
        case LOGGED_ELSEWHERE ->
            issuer.issue(draft.at("s1g2", issuer.log("s1g2").size()), key, "s1g2");
        case PAST -> draft.times(NOW.minusSeconds(900), NOW.minusSeconds(1)).signed(key);
        case FUTURE -> draft.times(NOW.plusSeconds(300), NOW.plusSeconds(900)).signed(key);
        case OTHER_SIGNATURE ->
            victim.substring(0, victim.lastIndexOf('.') + 1)
                + Base64Url.encode(other.signature(new byte[] {(byte) tried}));
      };
    }

    private static String jti(String token) {
      String claims =
          new String(
              java.util.Base64.getUrlDecoder().decode(token.split("\\.", -1)[1]),
              StandardCharsets.UTF_8);
      int from = claims.indexOf("\"jti\":\"") + 7;
      return claims.substring(from, claims.indexOf('"', from));
    }

    private static Hash digest(String token) {
      return Hash.sha256(
          token.substring(0, token.lastIndexOf('.')).getBytes(StandardCharsets.US_ASCII));
    }

    /** The thief proves his own key, by all the rules. */
    private String proof(String token) {
      JsonObject head =
          JsonObject.builder()
              .put("typ", "dpop+jwt")
              .put("alg", "ES256")
              .put("jwk", own.jwk().toJson())
              .build();
      JsonObject claims =
          JsonObject.builder()
              .put("jti", new UUID(random.nextLong(), random.nextLong()).toString())
              .put("htm", "GET")
              .put("htu", INBOX.toString())
              .put("iat", NOW.getEpochSecond())
              .put("ath", DpopProof.accessTokenHash(token))
              .build();
      return TokenDraft.signed(
          TokenDraft.encoded(head.toString()) + "." + TokenDraft.encoded(claims.toString()), own);
    }

    /** Every forgery that is evidence went out whole, and nothing of an honest token was said. */
    void requireReported() {
      Set<Hash> shown = new HashSet<>();
      Set<Hash> refused = new HashSet<>();
      for (Sighting sighting : sightings) {
        Optional<Hash> digest = Optional.ofNullable(sighting.token().digest());
        if (sighting.evidence() != null) {
          digest.ifPresent(shown::add);
        }
        // An honest counterfoil under another signature is the one that has two outcomes.
        if (!sighting.isAccepted() && !sighting.outcome().equals(RefusalCode.SIGNATURE.text())) {
          digest.ifPresent(refused::add);
        }
      }
      assertThat(shown).isEqualTo(evident);
      assertThat(forged).containsAll(refused);
      assertThat(honest).isPositive();
      assertThat(tried).isPositive();
      sightings.clear();
    }

    @Override
    public void close() {
      verifier.close();
    }
  }

  @Test
  void everyForgeryIsRefusedAndReportedAndNoHonestTokenIs() {
    try (Theft theft = new Theft(5)) {
      for (int i = 0; i < 3; i++) {
        theft.batch();
      }
      theft.requireReported();
    }
  }

  @Test
  void whereNothingShowsItTheSightingSaysThatTheKeyHasSigned() {
    try (Theft theft = new Theft(7)) {
      String honest = theft.issuer.issue(theft.issuer.draft(theft.key), theft.key);
      theft.issuer.between(
          (path, real) -> {
            if (path.contains("/s1g1/tile/")) {
              throw new IOException("away");
            }
            return real.read();
          });
      assertThat(theft.verifier.verify(honest, TokenCases.MAIL)).isInstanceOf(Verified.class);
      assertThat(refusal(theft, theft.forged(Trick.HONEST_IDENTIFIER, honest)))
          .isEqualTo(RefusalCode.PROOF_UNAVAILABLE);
      Sighting signed = theft.sightings.get(theft.sightings.size() - 1);
      assertThat(signed.signed()).isTrue();
      assertThat(signed.evidence()).isNull();
      assertThat(refusal(theft, theft.forged(Trick.OTHER_SIGNATURE, honest)))
          .isEqualTo(RefusalCode.SIGNATURE);
      assertThat(theft.sightings.get(theft.sightings.size() - 1).signed()).isFalse();
    }
  }

  private static RefusalCode refusal(Theft theft, String token) {
    return ((Refused) theft.verifier.verify(token, TokenCases.MAIL)).code();
  }

  @Test
  @Tag("full")
  void amongAMillionHonestTokens() {
    for (int world = 0; world < 20; world++) {
      try (Theft theft = new Theft(world)) {
        for (int i = 0; i < 100; i++) {
          theft.batch();
        }
        theft.requireReported();
      }
    }
  }
}
