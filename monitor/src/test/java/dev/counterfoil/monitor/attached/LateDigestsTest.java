package dev.counterfoil.monitor.attached;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.monitor.database.Database;
import dev.counterfoil.monitor.findings.Finding;
import dev.counterfoil.monitor.findings.FindingStore;
import dev.counterfoil.verifier.KeySetSource;
import dev.counterfoil.verifier.SettableClock;
import dev.counterfoil.verifier.TestIssuer;
import dev.counterfoil.verifier.TestKeys;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Digests that come after their tokens were shown. */
class LateDigestsTest {
  private static final String THEIRS = "https://kc.example/realms/acme";

  @Test
  void aFindingIsExplainedOnceTheRecordLogOfItsKeyHasTheDigest(@TempDir Path folder)
      throws Exception {
    SettableClock clock = new SettableClock(Instant.parse("2026-11-25T12:00:00Z"));
    TestIssuer ours =
        new TestIssuer("main", "https://login.example", clock).attaching(Set.of(THEIRS));
    TestKeys.Es256 own = ours.addKey();
    TestKeys.Es256 theirs = new TestKeys.Es256();
    ours.addLog("d1g1");
    ours.state(
        ours.statement(theirs, "s1g1").toBuilder()
            .issuer(THEIRS)
            .purpose("attached")
            .record(new RecordForm.Digest("d1g1"))
            .custody("attached", KeyStatement.Assurance.UNKNOWN)
            .build());
    ours.publish();
    KeySet keys = KeySetSource.read(ours.policy(), ours, clock.instant());
    Hash late = Hash.sha256("late".getBytes(StandardCharsets.UTF_8));
    Hash later = Hash.sha256("later".getBytes(StandardCharsets.UTF_8));
    Hash never = Hash.sha256("never".getBytes(StandardCharsets.UTF_8));
    try (Database database = Database.open(folder.resolve("monitor.db"))) {
      FindingStore findings = new FindingStore(database.jdbi(), clock, kind -> {});
      for (Hash digest : List.of(late, later, never)) {
        findings.raise(forged(theirs.kid(), digest, clock.instant()));
      }
      findings.raise(forged(own.kid(), late, clock.instant()));
      LateDigests digests = new LateDigests(findings, clock);

      digests.look(keys, (digest, logs) -> Optional.empty());
      assertThat(states(findings)).containsExactly("open", "open", "open", "open");
      digests.look(keys, in("d2g1", Set.of(late, later, never)));
      assertThat(states(findings))
          .as("another's log")
          .containsExactly("open", "open", "open", "open");
      digests.look(keys, in("d1g1", Set.of(late)));
      assertThat(states(findings)).containsExactly("explained", "open", "open", "open");
      digests.look(keys, in("d1g2", Set.of(later)));
      assertThat(states(findings))
          .as("in the log that followed")
          .containsExactly("explained", "explained", "open", "open");
      assertThat(findings.list(FindingStore.Query.all()).getFirst().json().string("summary"))
          .endsWith("handed the digest in later, so it released the token before.");

      clock.advance(Duration.ofDays(2));
      digests.look(keys, in("d1g1", Set.of(never)));
      assertThat(states(findings))
          .as("too late")
          .containsExactly("explained", "explained", "open", "open");
    }
  }

  /** Forgeries come first, in any number: what is explained comes behind them. */
  @Test
  void forgeriesHideNoLaterFinding(@TempDir Path folder) throws Exception {
    SettableClock clock = new SettableClock(Instant.parse("2026-11-25T12:00:00Z"));
    TestKeys.Es256 theirs = new TestKeys.Es256();
    KeySet keys = attached("main", clock, theirs);
    Hash late = Hash.sha256("late".getBytes(StandardCharsets.UTF_8));
    Hash later = Hash.sha256("later".getBytes(StandardCharsets.UTF_8));
    try (Database database = Database.open(folder.resolve("monitor.db"))) {
      FindingStore findings = new FindingStore(database.jdbi(), clock, kind -> {});
      findings.raise(forged(theirs.kid(), late, clock.instant()));
      for (int i = 0; i < 2 * LateDigests.LOOKED_MAX; i++) {
        Hash digest = Hash.sha256(new byte[] {(byte) i});
        findings.raise(forged(theirs.kid(), digest, clock.instant()));
      }
      findings.raise(forged(theirs.kid(), later, clock.instant()));
      LateDigests digests = new LateDigests(findings, clock);
      List<Hash> asked = new ArrayList<>();

      for (int turn = 1; turn <= 3; turn++) {
        asked.clear();
        digests.look(
            keys,
            (digest, logs) -> {
              asked.add(digest);
              return in("d1g1", Set.of(later)).find(digest, logs);
            });
        assertThat(asked).hasSizeLessThanOrEqualTo(LateDigests.LOOKED_MAX);
      }
      assertThat(states(findings).getLast()).isEqualTo("explained");

      digests.look(keys, in("d1g1", Set.of(late)));
      assertThat(states(findings).getFirst()).as("from the first again").isEqualTo("explained");
    }
  }

  /** Two domains attach one issuer, and each has its own record door. */
  @Test
  void aDigestInOneDomainsLogExplainsNoFindingOfAnother(@TempDir Path folder) throws Exception {
    SettableClock clock = new SettableClock(Instant.parse("2026-11-25T12:00:00Z"));
    TestKeys.Es256 theirs = new TestKeys.Es256();
    Hash late = Hash.sha256("late".getBytes(StandardCharsets.UTF_8));
    try (Database database = Database.open(folder.resolve("monitor.db"))) {
      FindingStore findings = new FindingStore(database.jdbi(), clock, kind -> {});
      findings.raise(forged(theirs.kid(), late, clock.instant()));
      LateDigests digests = new LateDigests(findings, clock);

      digests.look(attached("second", clock, theirs), in("d1g1", Set.of(late)));
      assertThat(states(findings)).containsExactly("open");
      digests.look(attached("main", clock, theirs), in("d1g1", Set.of(late)));
      assertThat(states(findings)).containsExactly("explained");
    }
  }

  /** One record log, and the digests in it. */
  private static LateDigests.RecordLogs in(String log, Set<Hash> held) {
    return (digest, logs) ->
        logs.test(log) && held.contains(digest)
            ? Optional.of(new TokenId(log, 7, digest))
            : Optional.empty();
  }

  private static KeySet attached(String domain, SettableClock clock, TestKeys.Es256 theirs)
      throws Exception {
    TestIssuer ours =
        new TestIssuer(domain, "https://login.example", clock).attaching(Set.of(THEIRS));
    ours.addKey();
    ours.addLog("d1g1");
    ours.state(
        ours.statement(theirs, "s1g1").toBuilder()
            .issuer(THEIRS)
            .purpose("attached")
            .record(new RecordForm.Digest("d1g1"))
            .custody("attached", KeyStatement.Assurance.UNKNOWN)
            .build());
    ours.publish();
    return KeySetSource.read(ours.policy(), ours, clock.instant());
  }

  private static Finding forged(String kid, Hash digest, Instant at) {
    return new Finding(
        Finding.Kind.FORGED_TOKEN,
        Finding.Severity.CRITICAL,
        "main",
        new Finding.Subject(kid, digest.base64Url(), null, digest, null, null, false),
        at,
        1,
        "",
        JsonObject.builder().build());
  }

  private static List<String> states(FindingStore findings) {
    return findings.list(FindingStore.Query.all()).stream()
        .map(one -> String.valueOf(one.json().get("state")))
        .toList();
  }
}
