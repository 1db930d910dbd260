package dev.counterfoil.monitor.issued;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.custodian.following.FollowedLogView;
import dev.counterfoil.custodian.issuer.RecordedIssuer;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeySet.StatedLog;
import dev.counterfoil.format.token.CompactToken;
import dev.counterfoil.format.word.Acknowledgement;
import dev.counterfoil.monitor.findings.Finding;
import dev.counterfoil.monitor.judging.TestMonitor;
import dev.counterfoil.verifier.SettableClock;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When a report of a key says that it is all. */
class KeyReportTest {
  private static final String LOG = "s1g1";
  private static final Fence ACME = new Fence("trial", "acme");

  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-01T10:00:00Z"));
  private final RecordedIssuer issuer = new RecordedIssuer("trial", "https://trial.example", clock);

  private static JsonObject summary(TestMonitor monitor, String kid) throws Exception {
    List<JsonObject> lines = new ArrayList<>();
    monitor.keyReport().writeCounts(kid, lines::add);
    return lines.getLast();
  }

  private String traced(TestMonitor monitor, String log) throws Exception {
    return monitor.traced("trial", "acme", log + ".99." + "A".repeat(43), Optional.empty());
  }

  @Test
  void aLogThatIsNotReadMayHavePublishedMore() throws Exception {
    String kid = issuer.key.kid();
    StatedLog log;
    try (TestMonitor monitor = new TestMonitor(clock, folder, issuer)) {
      issuer.issue();
      Instant readAt = clock.instant();
      monitor.follow();
      log = monitor.custody.follower("trial", LOG).log();
      clock.advance(FollowedLogView.AGE_MAX.minusMillis(1));
      assertThat(summary(monitor, kid).truth("complete")).as("the control").isTrue();
      assertThat(summary(monitor, "other").objects("unread")).isEmpty();
      assertThat(traced(monitor, LOG)).isEqualTo("not-held");
      assertThat(traced(monitor, "s9g1")).isEqualTo("unknown-log");
      assertThat(monitor.issuances().notHeld(ACME)).as("the control").isEmpty();
      issuer.down = true;
      assertThat(traced(monitor, LOG)).as("it may have grown just now").isEqualTo("log-not-read");
      issuer.down = false;
      issuer.issue();
      assertThat(monitor.traced("trial", "acme", LOG + ".1." + "A".repeat(43), Optional.empty()))
          .as("it grew")
          .isEqualTo("published-not-held");
      clock.advance(Duration.ofMillis(1));
      JsonObject stale = summary(monitor, kid);
      assertThat(stale.truth("complete")).isFalse();
      assertThat(stale.number("held")).isEqualTo(stale.number("published"));
      assertThat(stale.objects("unread"))
          .singleElement()
          .satisfies(
              one -> {
                assertThat(one.string("log")).isEqualTo(LOG);
                assertThat(one.number("read_at_ms")).isEqualTo(readAt.toEpochMilli());
              });
      // A key that nobody knows may have been stated since.
      assertThat(summary(monitor, "other").objects("unread").getFirst().string("log"))
          .isEqualTo("keys");
      issuer.down = true;
      assertThat(traced(monitor, LOG)).isEqualTo("log-not-read");
      issuer.down = false;
      assertThat(traced(monitor, "s9g1")).isEqualTo("log-not-read");
      assertThat(monitor.issuances().notHeld(ACME)).containsExactlyInAnyOrder("keys", LOG);
    }
    try (TestMonitor restarted = new TestMonitor(clock, folder, issuer)) {
      assertThat(summary(restarted, kid).truth("complete")).as("no log known").isFalse();
      assertThat(restarted.issuances().notHeld(ACME)).containsExactly("keys");
      restarted.custody.issuers.values().iterator().next().resume(log);
      JsonObject first = summary(restarted, kid);
      assertThat(first.truth("complete")).isFalse();
      assertThat(first.number("held")).as("what is held, without a key log").isPositive();
      assertThat(first.objects("unread"))
          .extracting(one -> one.string("log"))
          .containsExactly("keys", LOG);
      assertThat(first.objects("unread")).noneMatch(one -> one.has("read_at_ms"));
      issuer.down = true;
      assertThat(traced(restarted, LOG)).isEqualTo("log-not-read");
      issuer.down = false;
      restarted.follow();
      assertThat(summary(restarted, kid).truth("complete")).isTrue();
      assertThat(restarted.issuances().notHeld(ACME)).isEmpty();
    }
  }

  /** Two domains have logs of the same short name, with other tokens at the same positions. */
  @Test
  void aTokenOfAnotherDomainIsNotCalledNeverIssued() throws Exception {
    RecordedIssuer second = new RecordedIssuer("second", "https://second.example", clock);
    issuer.withContexts = true;
    second.withContexts = true;
    try (TestMonitor monitor = new TestMonitor(clock, folder, issuer, second)) {
      issuer.issue();
      CompactToken honest = CompactToken.parse(second.issue());
      issuer.issue();
      monitor.follow();
      Optional<Hash> digest = Optional.of(honest.digest());
      String id = honest.claims().string("jti");
      Optional<String> ours = Optional.of("https://trial.example");
      Optional<String> theirs = Optional.of("https://second.example");
      Optional<Hash> forged = Optional.of(Hash.sha256(new byte[] {7}));
      assertThat(monitor.traced("second", "acme", id, digest, theirs)).isEqualTo("issued");
      assertThat(monitor.traced("trial", "acme", id, digest, theirs)).isEqualTo("another-issuer");
      // Each alone is enough.
      assertThat(monitor.traced("trial", "acme", id, digest)).isEqualTo("another-issuer");
      String beyond = LOG + ".99." + "A".repeat(43);
      assertThat(monitor.traced("trial", "acme", beyond, Optional.empty(), theirs))
          .isEqualTo("another-issuer");
      assertThat(monitor.traced("trial", "acme", beyond, Optional.empty(), ours))
          .as("the control")
          .isEqualTo("not-held");
      assertThat(monitor.traced("trial", "acme", id, forged, theirs)).isEqualTo("another-issuer");
      assertThat(monitor.traced("trial", "acme", "kc-5", digest, theirs))
          .as("no identifier of ours")
          .isEqualTo("another-issuer");
      assertThat(monitor.traced("trial", "acme", "kc-5", digest))
          .as("the control")
          .isEqualTo("no-identifier");
      assertThat(monitor.traced("trial", "acme", id, forged, ours))
          .as("the control")
          .isEqualTo("another-token");
      CompactToken own = CompactToken.parse(issuer.issue());
      monitor.follow();
      assertThat(
              monitor.traced(
                  "trial", "acme", own.claims().string("jti"), Optional.of(own.digest()), theirs))
          .as("what is held counts, and not a claim")
          .isEqualTo("issued");
    }
  }

  /** It said complete while a guard's forged token waited for the end of its back-off. */
  @Test
  void whatAVerifierHasNotDeliveredMakesItIncomplete() throws Exception {
    String kid = issuer.key.kid();
    try (TestMonitor monitor = new TestMonitor(clock, folder, issuer)) {
      monitor.follow();
      assertThat(summary(monitor, kid).has("presented_until_ms")).as("nobody speaks").isFalse();
      assertThat(summary(monitor, kid).truth("complete")).isTrue();
      Acknowledgement word = word("guard-1", "trial");
      monitor.reporters.take("trial/mail", word, clock.instant());
      long heard = clock.millis();
      monitor.reporters.take("other/mail", word("guard-2", "other"), clock.instant());
      assertThat(summary(monitor, kid).truth("complete")).isTrue();
      assertThat(summary(monitor, kid).number("presented_until_ms")).isEqualTo(heard - 1000);

      Duration waited = Duration.ofSeconds(25);
      monitor.reporters.take("trial/mail", word.waiting(Optional.of(waited)), clock.instant());
      JsonObject waits = summary(monitor, kid);
      assertThat(waits.truth("complete")).isFalse();
      assertThat(waits.number("presented_until_ms")).isEqualTo(heard - waited.toMillis());
      assertThat(waits.objects("unreported"))
          .singleElement()
          .satisfies(
              one -> {
                assertThat(one.string("client")).isEqualTo("trial/mail");
                assertThat(one.string("instance")).isEqualTo("guard-1");
                assertThat(one.truth("waiting")).isTrue();
              });

      monitor.reporters.take("trial/mail", word, clock.instant());
      assertThat(summary(monitor, kid).truth("complete")).isTrue();
      // What it would have said is not known.
      clock.advance(Unreported.HEARD_WITHIN.plusMillis(1));
      monitor.follow();
      JsonObject late = summary(monitor, kid);
      assertThat(late.truth("complete")).isFalse();
      assertThat(late.objects("unreported").getFirst().truth("waiting")).isFalse();
      monitor.reporters.take("trial/mail", word.left(clock.instant()), clock.instant());
      assertThat(summary(monitor, kid).truth("complete")).as("it is gone").isTrue();
    }
  }

  private Acknowledgement word(String instance, String domain) {
    return new Acknowledgement(
        instance,
        domain,
        clock.instant(),
        List.of("https://mail.example"),
        new Acknowledgement.View(1, Hash.sha256()),
        1,
        Duration.ZERO,
        List.of(),
        Acknowledgement.Mode.TILES,
        List.of(),
        Optional.empty(),
        Optional.empty(),
        false);
  }

  @Test
  void aDatabaseThatWasLostMakesItIncomplete() throws Exception {
    for (Finding.Kind kind :
        List.of(Finding.Kind.DATABASE_LOST, Finding.Kind.AUDIT_LOG_OF_ANOTHER)) {
      try (TestMonitor monitor = new TestMonitor(clock, folder.resolve(kind.text()), issuer)) {
        monitor.follow();
        String kid = issuer.key.kid();
        assertThat(summary(monitor, kid).truth("complete")).as("the control").isTrue();
        assertThat(summary(monitor, kid).has("lost_before_ms")).isFalse();
        monitor.findings.raise(
            new Finding(
                kind,
                Finding.Severity.HIGH,
                "trial",
                Finding.Subject.of("trial", "lost"),
                clock.instant(),
                1,
                "lost",
                JsonObject.builder().build()));
        JsonObject lost = summary(monitor, kid);
        assertThat(lost.truth("complete")).isFalse();
        assertThat(lost.number("lost_before_ms")).isEqualTo(clock.millis());
      }
    }
  }
}
