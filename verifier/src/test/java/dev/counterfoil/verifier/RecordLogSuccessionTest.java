package dev.counterfoil.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.keylog.KeyLogEvent.EndReason;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.RecordForm;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The record logs that count for a key while the signer that keeps them is replaced. */
class RecordLogSuccessionTest {
  private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");
  private static final Expectations UNTYPED =
      Expectations.audience("https://mail.example").tokenType("JWT").anyTenant().bearerAllowed();

  private final SettableClock clock = new SettableClock(NOW);
  private final TestIssuer issuer =
      new TestIssuer("enterprise", "https://login.example/enterprise", clock);
  private final TestKeys.Es256 key = new TestKeys.Es256();
  private final Verifier verifier;
  private int number;

  RecordLogSuccessionTest() {
    for (String log : List.of("d1g1", "d1g2", "d1g3")) {
      issuer.addLog(log);
    }
    issuer.state(
        issuer.statement(key, "s1g1").toBuilder()
            .purpose("legacy")
            .tenants(AllowList.of("acme"))
            .tokenTypes(AllowList.of("JWT"))
            .record(new RecordForm.Digest("d1g1"))
            .alias("theirs")
            .custody("legacy", KeyStatement.Assurance.UNKNOWN)
            .build());
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

  private TokenDraft draft() {
    return new TokenDraft()
        .header("alg", "ES256")
        .header("kid", "theirs")
        .claim("iss", issuer.issuer())
        .claim("sub", "alice")
        .claim("aud", "https://mail.example")
        .claim("n", number++)
        .times(NOW, NOW.plus(Duration.ofMinutes(15)));
  }

  private String handedIn(String... logs) {
    TokenDraft draft = draft();
    for (String log : logs) {
      issuer.log(log).append(draft.leaf());
    }
    return draft.signed(key);
  }

  private String code(String token) {
    return verifier.verify(token, UNTYPED) instanceof Refused refused
        ? refused.code().text()
        : "verified";
  }

  private void ended(String log, long size) {
    issuer.endLog(log, size, EndReason.REPLACED);
    issuer.publish();
    clock.advance(Duration.ofSeconds(10));
    verifier.refreshKeys();
  }

  private void away(String log) {
    issuer.between(
        (path, read) -> {
          if (path.contains("/" + log + "/")) {
            throw new IOException("away");
          }
          return read.read();
        });
  }

  /** One that is away keeps no token out that another one shows, and lets none in. */
  @ParameterizedTest
  @CsvSource({
    "d1g1, d1g1, proof-unavailable",
    "d1g3, d1g1, verified",
    "d1g1, d1g3, verified",
    "d1g3, d1g3, proof-unavailable",
    "d1g2, '', proof-unavailable",
    "d9g9, '', digest-unknown"
  })
  void aLogThatIsAwayIsNoAnswer(String away, String in, String expected) {
    String token = in.isEmpty() ? draft().signed(key) : handedIn(in);
    away(away);
    assertThat(code(token)).isEqualTo(expected);
  }

  @Test
  void theTokenIsOfTheLogThatHasIt() {
    assertThat(verifier.verify(handedIn("d1g2"), UNTYPED))
        .isInstanceOfSatisfying(
            Verified.class, v -> assertThat(v.tokenId().log()).isEqualTo("d1g2"));
  }

  /** A log that is announced has nothing yet. Nobody waits for it. */
  @Test
  void aTokenOfTheLogThatStillTakesDigestsIsFoundInOneRound() {
    assertThat(code(handedIn("d1g1"))).isEqualTo("verified");
    for (String log : List.of("d1g1", "d1g2", "d1g3")) {
      assertThat(issuer.readsWith("/" + log + "/digest/")).as(log).isEqualTo(1);
    }
  }

  /** Who took the key of a log that has ended goes on with it, and nothing of that counts. */
  @Test
  void whatIsRecordedPastTheEndDoesNotCountAndTheHonestTokenDoes() {
    String honest = handedIn("d1g1");
    ended("d1g1", 1);
    assertThat(code(handedIn("d1g1"))).isEqualTo("beyond-tip");
    assertThat(code(honest)).isEqualTo("verified");
    assertThat(code(handedIn("d1g1", "d1g2"))).as("handed in again").isEqualTo("verified");
    ended("d1g3", 0);
    assertThat(code(handedIn("d1g3"))).as("ended empty").isEqualTo("digest-unknown");
  }

  /** It was verified before the end was known: what is in memory, and sessions, end with it. */
  @Test
  void aTokenThatWasVerifiedBeforeEndsWithItsLog() {
    String before = handedIn("d1g1");
    String past = handedIn("d1g1");
    assertThat(code(before)).isEqualTo("verified");
    Verified session = (Verified) verifier.verify(past, UNTYPED);
    assertThat(session.ended()).isEmpty();
    ended("d1g1", 1);
    assertThat(session.ended().map(Refused::code)).contains(RefusalCode.BEYOND_TIP);
    assertThat(code(past)).isEqualTo("beyond-tip");
    assertThat(code(before)).isEqualTo("verified");
  }
}
