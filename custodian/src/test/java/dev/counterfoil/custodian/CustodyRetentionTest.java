package dev.counterfoil.custodian;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.custodian.following.FollowedIssuer;
import dev.counterfoil.custodian.following.TestCustody;
import dev.counterfoil.custodian.issuer.RecordedIssuer;
import dev.counterfoil.format.keylog.KeySet.StatedLog;
import dev.counterfoil.verifier.SettableClock;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is forgotten, and by whose clock. */
final class CustodyRetentionTest {
  private static final Duration KEEP = Duration.ofDays(1);

  @TempDir Path folder;
  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-01T10:00:00Z"));
  private final RecordedIssuer acme = new RecordedIssuer("acme", "https://login.example", clock);
  private final RecordedIssuer globex =
      new RecordedIssuer("globex", "https://login.globex.example", clock);

  private CustodyRetention retention(TestCustody custody) {
    return new CustodyRetention(
        List.copyOf(custody.issuers.values()), KEEP, clock, new SecureRandom());
  }

  private static boolean holds(TestCustody custody, String domain) throws Exception {
    return custody.follower(domain, RecordedIssuer.LOG).custody().held().counterfoil(0).isPresent();
  }

  private TestCustody start(RecordedIssuer... issuers) throws Exception {
    return new TestCustody(clock, folder, new TestEvents(), issuers);
  }

  @Test
  void aStartForgetsNothingBeforeTheWitnessesSaidWhatTimeItIs() throws Exception {
    acme.issue();
    StatedLog log;
    try (TestCustody custody = start(acme)) {
      custody.follow();
      log = custody.follower("acme", RecordedIssuer.LOG).log();
    }
    Instant truth = clock.instant();
    clock.advance(Duration.ofDays(3650));
    try (TestCustody custody = start(acme)) {
      FollowedIssuer issuer = custody.issuers.values().iterator().next();
      issuer.resume(log);
      CustodyRetention retention = retention(custody);
      assertThat(issuer.clockOff()).as("nobody says so yet").isEmpty();
      assertThat(retention.step()).isFalse();
      assertThat(holds(custody, "acme")).as("as a start does it first of all").isTrue();
      custody.witnessSays("acme", truth);
      assertThat(retention.step()).isFalse();
      assertThat(holds(custody, "acme")).as("the clock is wrong").isTrue();

      custody.witnessSays("acme", clock.instant());
      assertThat(retention.step()).as("so much time has passed").isTrue();
      assertThat(holds(custody, "acme")).isFalse();
    }
  }

  @Test
  void witnessesOfOneDomainKeepWhatIsHeldOfItAlone() throws Exception {
    acme.issue();
    globex.issue();
    try (TestCustody custody = start(acme, globex)) {
      custody.follow();
      Instant then = clock.instant();
      clock.advance(CustodyRetention.SEGMENT_AGE_MAX.plusDays(1));
      custody.witnessSays("acme", clock.instant());
      custody.witnessSays("globex", then);
      CustodyRetention retention = retention(custody);
      assertThat(retention.step()).isFalse();
      assertThat(holds(custody, "acme")).isFalse();
      assertThat(holds(custody, "globex")).isTrue();
      custody.witnessSays("globex", clock.instant());
      assertThat(retention.step()).isTrue();
      assertThat(holds(custody, "globex")).isFalse();
    }
  }
}
