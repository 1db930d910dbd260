package dev.counterfoil.authority.connect.grants;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.log.disk.FailingDisk;
import dev.counterfoil.log.disk.FileDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who has to hear of a session's end hears of it, whatever happens to the process. */
class LogoutNoticesTest {
  @TempDir Path folder;

  @SuppressWarnings("NullAway.Init") // by open
  private FailingDisk disk;

  @SuppressWarnings("NullAway.Init") // by open
  private Grants grants;

  private Instant now = Instant.parse("2026-11-30T12:00:00Z");

  @BeforeEach
  void open() throws IOException {
    disk = new FailingDisk(FileDisk.privateFolder(folder));
    grants = Grants.open(disk, Hash::sha256, new SecureRandom(), () -> now, 10_000, 4096);
  }

  @AfterEach
  void close() throws IOException {
    grants.close();
  }

  /** Killed: nothing is closed. */
  private void killed() throws IOException {
    open();
  }

  private void begin(String client, String subject, String session) throws Exception {
    var _ =
        grants.begin(
            grants.newId(),
            new Grant.Allowed(
                client,
                subject,
                "acme",
                session,
                false,
                false,
                "openid",
                List.of("https://mail.example"),
                "https://app.example/cb",
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                now,
                List.of("pwd"),
                "pwd",
                Grant.NOTHING),
            true);
  }

  private List<String> toTell() {
    return grants.toTell().stream()
        .map(one -> one.clientId() + " " + one.subject() + " " + one.session())
        .sorted()
        .toList();
  }

  @Test
  void theClientsOfASessionAndNoOthersHearAlsoAfterACrash() throws Exception {
    begin("a", "alice", "s1");
    begin("a", "alice", "s1");
    begin("b", "alice", "s1");
    begin("a", "alice", "s2");
    begin("a", "bob", "s3");
    killed();
    assertThat(toTell()).isEmpty();
    grants.sessionEnds("alice", "s1");
    grants.sessionEnded("s1");
    assertThat(toTell()).containsExactly("a alice s1", "b alice s1");
    killed();
    assertThat(toTell()).containsExactly("a alice s1", "b alice s1");
    assertThat(grants.endingSessions()).isEmpty();
    grants.told(grants.toTell().getFirst());
    killed();
    assertThat(toTell()).hasSize(1);
    grants.told(grants.toTell().getFirst());
    killed();
    assertThat(toTell()).isEmpty();
    // The end is told once.
    grants.sessionEnded("s1");
    assertThat(toTell()).isEmpty();
  }

  @Test
  void anEndThatACrashBrokeOffIsKnownAfterIt() throws Exception {
    begin("a", "alice", "s1");
    grants.sessionEnds("alice", "s1");
    killed();
    assertThat(grants.endingSessions()).isEqualTo(Map.of("s1", "alice"));
    grants.sessionEnded("s1");
    killed();
    assertThat(grants.endingSessions()).isEmpty();
    assertThat(toTell()).containsExactly("a alice s1");
  }

  /** A sync is what a code takes longest for. */
  @Test
  void whoHearsAndTheGrantAreOnDiskWithOneSync() throws Exception {
    begin("a", "alice", "s1");
    AtomicInteger syncs = new AtomicInteger();
    disk.faults().fails =
        change -> {
          if (change.startsWith("sync ")) {
            syncs.incrementAndGet();
          }
          return false;
        };
    begin("a", "alice", "s2");
    assertThat(syncs.get()).isEqualTo(1);
    killed();
    grants.sessionEnded("s2");
    assertThat(toTell()).containsExactly("a alice s2");
  }

  @Test
  void whoWaitsLongestIsFirst() throws Exception {
    for (String session : List.of("s1", "s2", "s3")) {
      begin("a", "alice", session);
      grants.sessionEnded(session);
      now = now.plusSeconds(1);
    }
    assertThat(grants.toTell()).extracting(LogoutNotice::session).containsExactly("s1", "s2", "s3");
    killed();
    assertThat(grants.toTell()).extracting(LogoutNotice::session).containsExactly("s1", "s2", "s3");
  }

  @Test
  void thereAreAsManyAsThereMayBeAndNoMore() throws Exception {
    grants.close();
    grants = Grants.open(disk, Hash::sha256, new SecureRandom(), () -> now, 4, 4096);
    begin("a", "alice", "s1");
    begin("a", "alice", "s1");
    begin("a", "alice", "s1");
    assertThatThrownBy(() -> begin("a", "alice", "s1"))
        .isInstanceOf(GrantsUnavailableException.class);
  }

  @Test
  void whatIsTakenBackIsToldToThatClient() throws Exception {
    begin("a", "alice", "s1");
    begin("b", "alice", "s1");
    begin("a", "bob", "s2");
    grants.withdrawn("alice", "a");
    grants.sessionEnded("s1");
    killed();
    assertThat(toTell()).containsExactly("a alice s1", "b alice s1");
  }

  @Test
  void aClientThatIsGoneHearsNothing() throws Exception {
    begin("a", "alice", "s1");
    begin("b", "alice", "s1");
    begin("a", "bob", "s2");
    grants.sessionEnded("s2");
    grants.endClient("a", ending -> {});
    grants.sessionEnded("s1");
    killed();
    assertThat(toTell()).containsExactly("b alice s1");
  }

  @Test
  void whileTheDiskFailsItCountsAndIsWrittenLater() throws Exception {
    begin("a", "alice", "s1");
    disk.faults().fails = change -> change.startsWith("write ");
    grants.sessionEnds("alice", "s1");
    grants.sessionEnded("s1");
    assertThat(toTell()).containsExactly("a alice s1");
    disk.faults().fails = change -> false;
    grants.tidy();
    killed();
    assertThat(toTell()).containsExactly("a alice s1");
  }

  @Test
  void theClientsOfASessionThatRanOutHearOnceAlsoAfterACrash() throws Exception {
    begin("a", "alice", "s1");
    begin("b", "alice", "s1");
    begin("a", "alice", "lasts");
    begin("a", "alice", "ends");
    killed();
    grants.sessionEnds("alice", "ends");
    grants.sessionsRanOut((subject, session) -> session.equals("lasts"));
    assertThat(toTell()).containsExactly("a alice s1", "b alice s1");
    killed();
    grants.sessionsRanOut((subject, session) -> session.equals("lasts"));
    assertThat(toTell()).containsExactly("a alice s1", "b alice s1");
    // Its end is told by those who carry it through.
    grants.sessionEnded("ends");
    assertThat(toTell()).containsExactly("a alice ends", "a alice s1", "b alice s1");
    grants.toTell().forEach(grants::told);
    killed();
    grants.sessionsRanOut((subject, session) -> session.equals("lasts"));
    assertThat(toTell()).isEmpty();
  }

  @Test
  void sessionsThatRanOutAreForgottenAndTheJournalDoesNotGrow() throws Exception {
    begin("kept", "alice", "kept");
    begin("waiting", "bob", "waiting");
    grants.sessionEnded("waiting");
    for (int i = 0; i < 200; i++) {
      begin("a", "alice", "s" + i);
      now = now.plusSeconds(60);
      if (i % 20 == 19) {
        grants.sessionsRanOut((subject, session) -> session.equals("kept"));
        grants.toTell().stream()
            .filter(notice -> !notice.session().equals("waiting"))
            .forEach(grants::told);
        grants.tidy();
        for (long old = grants.oldestSegment(); old > 0; old = grants.oldestSegment()) {
          grants.rewrite(old);
          grants.delete(old);
        }
      }
    }
    killed();
    assertThat(toTell()).containsExactly("waiting bob waiting");
    grants.sessionEnded("s0");
    assertThat(toTell()).hasSize(1);
    grants.sessionEnded("kept");
    assertThat(toTell()).hasSize(2);
  }
}
