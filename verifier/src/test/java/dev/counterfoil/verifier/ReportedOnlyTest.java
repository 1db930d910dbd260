package dev.counterfoil.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.word.Acknowledgement;
import dev.counterfoil.format.word.Sighting;
import dev.counterfoil.verifier.reporting.SightingSink;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A verifier for a service that cannot refuse yet: what passes, what does not, who hears of it. */
final class ReportedOnlyTest {
  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-25T12:00:00Z"));
  private final TestIssuer issuer =
      new TestIssuer("enterprise", "https://login.example/enterprise", clock);
  private final TestKeys.Es256 key = issuer.addKey();
  private final List<Sighting> seen = new ArrayList<>();
  private final List<Acknowledgement> acknowledged = new ArrayList<>();
  private final SightingSink sink =
      new SightingSink() {
        @Override
        public void report(Sighting sighting) {
          seen.add(sighting);
        }

        @Override
        public void acknowledge(Acknowledgement acknowledgement) {
          acknowledged.add(acknowledgement);
        }
      };
  private final List<String> lines = new ArrayList<>();
  private final Logger log = Logger.getLogger(UnshownTokens.class.getName());
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord record) {
          lines.add(new SimpleFormatter().formatMessage(record));
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };
  private final Verifier reporting;
  private final Verifier refusing;

  ReportedOnlyTest() {
    issuer.publish();
    log.addHandler(handler);
    reporting = started(builder().reportedOnly(sink));
    refusing = started(builder());
  }

  private VerifierBuilder builder() {
    return Verifier.builder(issuer.policy())
        .network(issuer)
        .clock(clock)
        .limits(VerifierLimits.defaults().withWaits(Duration.ofSeconds(2), Duration.ofMillis(40)));
  }

  private static Verifier started(VerifierBuilder builder) {
    Verifier verifier = builder.build();
    verifier.refreshKeys();
    return verifier;
  }

  @AfterEach
  void close() {
    reporting.close();
    refusing.close();
    log.removeHandler(handler);
  }

  private static String outcome(Verifier verifier, String token) {
    Verification verification = verifier.verify(token, TokenCases.MAIL);
    if (verification instanceof Refused refused) {
      return refused.code().text();
    }
    return ((Verified) verification).proof() instanceof IssuanceProof.ReportedOnly only
        ? "reported only: " + only.code().text()
        : "shown";
  }

  /** Perfect but for this, that it was never issued: another token stands at its position. */
  private String forged() {
    String forged = issuer.draft(key).claim("sub", "victim").signed(key);
    issuer.fill("s1g1", 3);
    return forged;
  }

  @Test
  void whatNothingShowsPassesMarkedAndIsReported() {
    String honest = issuer.issue(issuer.draft(key), key);
    String forged = forged();
    assertThat(outcome(refusing, honest)).isEqualTo("shown");
    assertThat(outcome(refusing, forged)).isEqualTo("never-issued");

    assertThat(outcome(reporting, honest)).isEqualTo("shown");
    assertThat(outcome(reporting, forged)).isEqualTo("reported only: never-issued");
    assertThat(outcome(reporting, forged)).as("again").isEqualTo("reported only: never-issued");
    assertThat(seen)
        .extracting(Sighting::outcome)
        .containsExactly("accepted", "accepted", "accepted");
    // What the monitor looks at before all else.
    assertThat(seen).extracting(Sighting::signed).containsExactly(false, true, true);
    assertThat(seen.get(1).grade()).isEqualTo(Sighting.Grade.DIGEST);
    assertThat(seen.get(1).token().subject()).isEqualTo("victim");
    assertThat(seen.get(1).evidence()).as("a token that passes stays here").isNull();
  }

  @Test
  void whatNothingShowedIsLookedForAgain() {
    issuer.fill("s1g1", 3);
    TokenDraft draft = issuer.draft(key);
    String early = draft.signed(key);
    assertThat(outcome(reporting, early)).isEqualTo("reported only: beyond-tip");
    issuer.issue(draft, key);
    assertThat(outcome(reporting, early)).isEqualTo("shown");
    assertThat(seen).hasSize(2);
    assertThat(outcome(reporting, early)).isEqualTo("shown");
    assertThat(seen).as("what is shown is remembered").hasSize(2);

    String forged = forged();
    issuer.between(
        (path, honest) -> {
          if (path.startsWith("/logs/s1g1/")) {
            throw new IOException("away");
          }
          return honest.read();
        });
    assertThat(outcome(reporting, forged)).isEqualTo("reported only: proof-unavailable");
    int proofs = issuer.reads("/logs/s1g1/proof/4");
    for (int i = 0; i < 5; i++) {
      assertThat(outcome(reporting, forged)).isEqualTo("reported only: proof-unavailable");
    }
    assertThat(issuer.reads("/logs/s1g1/proof/4"))
        .as("nobody waits for the log each time")
        .isEqualTo(proofs)
        .isPositive();
    issuer.honest();
    assertThat(outcome(reporting, forged)).isEqualTo("reported only: proof-unavailable");
    clock.advance(ReadCircuit.ASK_AGAIN);
    assertThat(outcome(reporting, forged)).isEqualTo("reported only: never-issued");
  }

  @Test
  void allElseIsRefusedAsEver() {
    String honest = issuer.issue(issuer.draft(key), key);
    assertThat(outcome(reporting, honest)).isEqualTo("shown");
    assertThat(outcome(reporting, issuer.draft(key).signed(new TestKeys.Es256())))
        .isEqualTo("signature");
    assertThat(outcome(reporting, issuer.draft(key).claim("aud", "https://other").signed(key)))
        .isEqualTo("key-scope-audience");
    issuer.revokeToken("s1g1", 0);
    issuer.publish();
    clock.advance(Duration.ofSeconds(2));
    reporting.refreshKeys();
    assertThat(outcome(reporting, honest)).isEqualTo("token-revoked");
    String late = forged();
    clock.advance(Duration.ofMinutes(20));
    issuer.publish();
    reporting.refreshKeys();
    assertThat(outcome(reporting, late)).isEqualTo("expired");
  }

  @Test
  void aForkOfTheLogStopsNoTokenHere() {
    String first = issuer.issue(issuer.draft(key), key);
    assertThat(outcome(reporting, first)).isEqualTo("shown");
    assertThat(outcome(refusing, first)).isEqualTo("shown");
    issuer.forkLog("s1g1", 5);
    String next = issuer.issue(issuer.draft(key), key);
    assertThat(outcome(refusing, next)).isEqualTo("log-forked");
    assertThat(outcome(refusing, first)).isEqualTo("log-forked");
    assertThat(outcome(reporting, next)).isEqualTo("reported only: log-forked");
    assertThat(outcome(reporting, first)).isEqualTo("reported only: log-forked");
  }

  @Test
  void itIsSaidLoudly() {
    assertThat(acknowledged)
        .isNotEmpty()
        .allMatch(said -> said.mode() == Acknowledgement.Mode.REPORT);
    assertThat(lines).singleElement().asString().contains("never issued PASS HERE");
    String one = forged();
    String two = forged();
    String three = forged();
    outcome(reporting, one);
    outcome(reporting, two);
    assertThat(lines).hasSize(2);
    assertThat(lines.get(1))
        .startsWith("1 of the tokens of " + issuer.issuer())
        .contains("never-issued");
    clock.advance(UnshownTokens.EVERY);
    reporting.refreshKeys();
    outcome(reporting, three);
    assertThat(lines).hasSize(3);
    assertThat(lines.get(2)).startsWith("2 of the tokens of ");
  }
}
