package dev.counterfoil.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.custodian.following.FollowedIssuer;
import dev.counterfoil.custodian.following.TestCustody;
import dev.counterfoil.custodian.issuer.RecordedIssuer;
import dev.counterfoil.http.listener.FailedRequests;
import dev.counterfoil.monitor.database.Database;
import dev.counterfoil.monitor.findings.FindingStore;
import dev.counterfoil.monitor.http.MonitorMeters;
import dev.counterfoil.monitor.judging.KnownServices;
import dev.counterfoil.verifier.SettableClock;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a custodian tells the monitor becomes findings, and ends them. */
class CustodyEventsTest {
  private static final Duration WRONG = Duration.ofHours(2);

  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-25T12:00:00Z"));

  private Duration ahead = Duration.ZERO;

  @TempDir private Path folder;

  @Test
  void aClockThatWasOffIsOverOnceItHasBeenRightForAMinuteAndAnotherTimeIsAnotherFinding()
      throws Exception {
    RecordedIssuer issuer = new RecordedIssuer("acme", "https://login.example", clock);
    try (Database database = Database.open(folder.resolve("monitor.db"))) {
      FindingStore store = new FindingStore(database.jdbi(), clock, kind -> {});
      CustodyEvents events =
          new CustodyEvents(
              store,
              Map.of(),
              new KnownServices(database.jdbi(), clock),
              new MonitorMeters(new FailedRequests()));
      try (TestCustody custody = new TestCustody(clock, folder, events, issuer)) {
        pass(custody, 1);
        setAhead(WRONG);
        pass(custody, 1);
        assertThat(states(store)).containsExactly("open");

        setAhead(Duration.ZERO);
        pass(custody, 1);
        assertThat(followed(custody).keysReadAt()).as("no pause").isEqualTo(clock.instant());
        pass(custody, 59);
        assertThat(states(store)).as("not yet for a minute").containsExactly("open");
        setAhead(WRONG);
        pass(custody, 1);
        assertThat(states(store)).as("wrong again").containsExactly("open", "open");
        setAhead(Duration.ZERO);
        pass(custody, 1);
        Instant right = clock.instant();
        pass(custody, 59);
        assertThat(states(store)).containsExactly("open", "open");
        pass(custody, 1);
        assertThat(states(store)).containsExactly("explained", "explained");
        assertThat(store.list(FindingStore.Query.all()).getLast().json().get("summary"))
            .asString()
            .endsWith(" Over since " + right + ".");

        setAhead(WRONG);
        pass(custody, 1);
        assertThat(states(store)).containsExactly("explained", "explained", "open");
      }
      setAhead(Duration.ZERO);
      // What was open at a start is over after it, once a witness has said what time it is.
      try (TestCustody custody = new TestCustody(clock, folder, events, issuer)) {
        for (int i = 0; i <= 60; i++) {
          clock.advance(Duration.ofSeconds(1));
          followed(custody).look();
        }
        assertThat(states(store)).as("nobody was heard").contains("open");
        pass(custody, 61);
        assertThat(states(store)).doesNotContain("open");
      }
    }
  }

  private static FollowedIssuer followed(TestCustody custody) {
    return custody.issuers.values().iterator().next();
  }

  private void setAhead(Duration by) {
    clock.advance(by.minus(ahead));
    ahead = by;
  }

  /** Time passes, here and at the witness, whose clock is right. */
  private void pass(TestCustody custody, int seconds) throws Exception {
    for (int i = 0; i < seconds; i++) {
      clock.advance(Duration.ofSeconds(1));
      custody.witnessSays("acme", clock.instant().minus(ahead));
      followed(custody).look();
    }
  }

  private static List<Object> states(FindingStore store) {
    return store.list(FindingStore.Query.all()).stream()
        .map(FindingStore.Kept::json)
        .<Object>map(one -> one.get("state"))
        .toList();
  }
}
