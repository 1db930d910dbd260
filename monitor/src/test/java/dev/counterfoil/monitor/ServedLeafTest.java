package dev.counterfoil.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.custodian.issuer.RecordedIssuer;
import dev.counterfoil.format.token.CompactToken;
import dev.counterfoil.monitor.judging.TestMonitor;
import dev.counterfoil.verifier.SettableClock;
import dev.counterfoil.verifier.TokenDraft;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A token whose counterfoil is not there yet is looked for in the log's own tiles, which whoever
 * serves them may change, and a disk may lose. They count only where they lead to a signed root.
 */
final class ServedLeafTest {
  @TempDir Path folder;
  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-01T10:00:00Z"));
  private final RecordedIssuer issuer =
      new RecordedIssuer("enterprise", "https://enterprise.example", clock);
  private TestMonitor monitor;
  private String honest = "";
  private String forged = "";
  private TokenDraft forgery = new TokenDraft();

  @BeforeEach
  void start() throws Exception {
    issuer.withContexts = true;
    monitor = new TestMonitor(clock, folder, issuer);
    issuer.issue();
    monitor.follow();
    issuer.withholding = true;
    honest = issuer.issue();
    forgery = issuer.draft(issuer.key, RecordedIssuer.LOG, 1).claim("sub", "victim");
    forged = issuer.forge(forgery);
  }

  @AfterEach
  void stop() throws Exception {
    monitor.close();
  }

  @Test
  void whatIsServedDecidesWhereTheLogSignedIt() throws Exception {
    monitor.report(
        issuer.accepted(honest), issuer.refusedWithEvidence(forged, "proof-unavailable"));
    assertThat(monitor.settle()).isZero();
    assertThat(monitor.findings()).hasSize(1);
    assertThat(monitor.findings().getFirst().string("kind")).isEqualTo("digest-differs");
    assertThat(monitor.findings().getFirst().string("jti")).contains("s1g1.1.");
  }

  private String traced(String token, boolean isAtHand) throws Exception {
    CompactToken parsed = CompactToken.parse(token);
    return monitor.traced(
        "enterprise",
        parsed.claims().string("tenant"),
        parsed.claims().string("jti"),
        isAtHand ? Optional.of(parsed.digest()) : Optional.empty());
  }

  /** Its counterfoil does not come: what is published is not called missing from the record. */
  @Test
  void aTraceOfAPublishedTokenThatIsNotHeldSaysThatNobodyCanTellYet() throws Exception {
    monitor.follow();
    String beyond = issuer.forge(issuer.draft(issuer.key, RecordedIssuer.LOG, 2));
    assertThat(traced(honest, true)).isEqualTo("published-not-held");
    assertThat(traced(honest, false)).isEqualTo("published-not-held");
    assertThat(traced(forged, true)).as("the leaf is another's").isEqualTo("another-token");
    assertThat(traced(beyond, true)).as("the control: nothing is there").isEqualTo("not-held");

    issuer.withholding = false;
    clock.advance(Duration.ofSeconds(10));
    monitor.follow();
    assertThat(traced(honest, true)).isEqualTo("issued");
    assertThat(traced(forged, true)).isEqualTo("another-token");
  }

  @Test
  void anotherLeafThanTheLogSignedTellsNothing() throws Exception {
    issuer.serveAnother(RecordedIssuer.LOG, 1, forgery);
    monitor.report(
        issuer.accepted(honest), issuer.refusedWithEvidence(forged, "proof-unavailable"));
    assertThat(monitor.settle()).as("neither is decided").isEqualTo(2);
    assertThat(monitor.findings()).as("an honest token is not called forged").isEmpty();
    assertThat(monitor.judged).as("a forged one is not called recorded").isEmpty();

    issuer.withholding = false;
    assertThat(monitor.settle()).as("the counterfoil decides").isZero();
    assertThat(monitor.findings()).hasSize(1);
    assertThat(monitor.findings().getFirst().string("kind")).isEqualTo("digest-differs");
  }
}
