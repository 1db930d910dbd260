package dev.counterfoil.custodian.following;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.custodian.following.LogFollower.Progress;
import dev.counterfoil.custodian.issuer.Alarm;
import dev.counterfoil.custodian.issuer.RecordLogIssuer;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.verifier.SettableClock;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A record log as a custodian holds it, of an honest log and of others. */
@Timeout(60)
final class MirroredLogTest {
  private static final String ORIGIN = "login.example/logs/d1g1";
  private static final Duration WITHIN = Duration.ofSeconds(10);

  @TempDir Path folder;
  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-01T10:00:00Z"));
  private final List<Alarm> alarms = new ArrayList<>();
  private final RecordLogIssuer published = new RecordLogIssuer();
  private int grew;

  private MirroredLog open() throws IOException {
    return new MirroredLog(
        "acme", published.stated(), published, folder, alarms::add, _ -> grew++, clock, WITHIN);
  }

  private static void follow(MirroredLog log) throws IOException {
    while (log.look() == Progress.BEHIND) {
      // There is more.
    }
  }

  private List<Alarm.Kind> kinds() {
    return alarms.stream().map(Alarm::kind).toList();
  }

  @Test
  void everyEntryIsHeldUnderWhatTheLogSignedAlsoAfterARestart() throws Exception {
    try (MirroredLog log = open()) {
      follow(log);
      assertThat(log.vouched()).isEmpty();
      published.grow(3);
      follow(log);
      assertThat(log.vouchedSize()).isEqualTo(3);
      published.grow(64 * 256);
      assertThat(log.look()).as("a part at each look").isEqualTo(Progress.BEHIND);
      assertThat(log.vouchedSize()).isEqualTo(3);
      follow(log);
      assertThat(log.vouchedSize()).isEqualTo(3 + 64 * 256);
      assertThat(log.rootAt(700)).contains(published.root(700));
      assertThat(log.rootAt(published.signed.size() + 1)).isEmpty();
      assertThat(grew).isEqualTo(2);
    }
    published.grow(300);
    try (MirroredLog log = open()) {
      assertThat(log.vouchedSize()).isEqualTo(3 + 64 * 256);
      follow(log);
      int size = published.signed.size();
      assertThat(log.vouched().orElseThrow().checkpoint())
          .isEqualTo(new Checkpoint(ORIGIN, size, published.root(size)));
      assertThat(
              log.reader()
                  .proof(5)
                  .orElseThrow()
                  .verify(new Leaf(RecordLogIssuer.digest(5)), published.key.key())
                  .size())
          .isEqualTo(size);
    }
    assertThat(alarms).isEmpty();
  }

  @Test
  void aLogThatGoesBackIsAnAlarmAndNothingLessCounts() throws Exception {
    published.grow(9);
    try (MirroredLog log = open()) {
      follow(log);
    }
    List<Hash> all = List.copyOf(published.signed);
    published.signed.subList(4, 9).clear();
    try (MirroredLog log = open()) {
      follow(log);
      follow(log);
      assertThat(kinds()).containsExactly(Alarm.Kind.LOG_ROLLBACK);
      assertThat(log.vouchedSize()).isEqualTo(9);
      published.signed.clear();
      published.signed.addAll(all);
      published.grow(1);
      follow(log);
      assertThat(log.vouchedSize()).isEqualTo(10);
    }
    assertThat(alarms).hasSize(1);
  }

  @Test
  void twoHistoriesAreAnAlarmAndNothingMoreIsVouchedFor() throws Exception {
    published.grow(9);
    try (MirroredLog log = open()) {
      follow(log);
      published.signed.set(4, RecordLogIssuer.digest(99));
      published.grow(300);
      follow(log);
      assertThat(kinds()).containsExactly(Alarm.Kind.LOG_FORK);
      published.signed.set(4, RecordLogIssuer.digest(4));
      published.grow(1);
      follow(log);
      assertThat(log.vouchedSize()).isEqualTo(9);
    }
    assertThat(alarms).hasSize(1);
  }

  @Test
  void anEmptyTreeWithARootOfEntriesIsAFork() throws Exception {
    published.emptyRoot = RecordLogIssuer.digest(99);
    try (MirroredLog log = open()) {
      follow(log);
      assertThat(alarms).isEmpty();
      published.grow(3);
      follow(log);
      assertThat(kinds()).containsExactly(Alarm.Kind.LOG_FORK);
      assertThat(log.vouched()).isEmpty();
    }
  }

  @Test
  void twoRootsOfOneSizeAreAnAlarm() throws Exception {
    published.grow(9);
    try (MirroredLog log = open()) {
      follow(log);
      published.signed.set(4, RecordLogIssuer.digest(99));
      follow(log);
      assertThat(kinds()).containsExactly(Alarm.Kind.LOG_FORK);
    }
  }

  @Test
  void whatWasSignedAndCouldNotBeHadIsHeldAgainstWhatComes() throws Exception {
    published.grow(9);
    try (MirroredLog log = open()) {
      follow(log);
      published.grow(91);
      published.given = List.copyOf(published.signed.subList(0, 9));
      follow(log);
      published.given = published.signed;
      published.grow(100);
      follow(log);
      assertThat(log.vouchedSize()).as("an honest log's entries come late").isEqualTo(200);

      published.grow(100);
      published.given = List.copyOf(published.signed.subList(0, 200));
      follow(log);
      published.signed.set(250, RecordLogIssuer.digest(999));
      published.given = published.signed;
      published.grow(100);
      follow(log);
      clock.advance(WITHIN);
      follow(log);
      assertThat(kinds()).contains(Alarm.Kind.LOG_FORK);
      assertThat(log.vouchedSize()).isEqualTo(200);
    }
  }

  @Test
  void aCheckpointThatIsSeenWhileAnotherIsReachedIsHeldAgainstWhatComes() throws Exception {
    int first = (MirroredLog.BUNDLES_AT_ONCE + 1) * 256;
    published.grow(first);
    try (MirroredLog log = open()) {
      for (boolean honest : new boolean[] {true, false}) {
        long before = log.vouchedSize();
        assertThat(log.look()).isEqualTo(Progress.BEHIND);
        published.grow(1);
        assertThat(log.look()).isEqualTo(Progress.BEHIND);
        assertThat(log.vouchedSize()).isEqualTo(before + first);
        if (!honest) {
          published.signed.removeLast();
          published.signed.add(RecordLogIssuer.digest(99_999));
        }
        published.grow(1);
        follow(log);
        if (honest) {
          assertThat(log.vouchedSize()).isEqualTo(first + 2);
          assertThat(alarms).isEmpty();
          published.grow(first);
        } else {
          assertThat(kinds()).containsExactly(Alarm.Kind.LOG_FORK);
          assertThat(log.vouchedSize()).isEqualTo(2 * first + 2);
        }
      }
    }
  }

  /** Which of the checkpoints whose entries cannot be had is of another history. */
  enum Other {
    NONE,
    FIRST,
    /** One that is not remembered: the limit that docs/operate/custodian.md states. */
    BETWEEN,
    LAST
  }

  @ParameterizedTest
  @EnumSource
  void ofMoreThanAreRememberedTheFirstOnesAndTheLastAreHeldAgainstWhatComes(Other other)
      throws Exception {
    int first = 10;
    int last = first + MirroredLog.UNPROVED_MAX + 10;
    int odd =
        switch (other) {
          case NONE -> -1;
          case FIRST -> first;
          case BETWEEN -> last - 5;
          case LAST -> last;
        };
    published.grow(first - 1);
    List<Hash> honest = new ArrayList<>(published.signed);
    try (MirroredLog log = open()) {
      follow(log);
      published.given = List.copyOf(honest);
      for (int size = first; size <= last; size++) {
        honest.add(RecordLogIssuer.digest(size - 1));
        signed(honest);
        if (size == odd) {
          published.signed.set(size - 1, RecordLogIssuer.digest(999));
        }
        follow(log);
      }
      published.given = honest;
      follow(log);
      signed(honest);
      published.grow(1);
      published.given = published.signed;
      // What was being reached is asked for once more before what is newer.
      for (int again = 0; again < 2; again++) {
        clock.advance(WITHIN);
        follow(log);
      }
      boolean found = other == Other.FIRST || other == Other.LAST;
      assertThat(kinds().contains(Alarm.Kind.LOG_FORK)).isEqualTo(found);
      assertThat(log.vouchedSize() == last + 1).isEqualTo(!found);
    }
  }

  private void signed(List<Hash> history) {
    published.signed.clear();
    published.signed.addAll(history);
  }

  @Test
  void whatWasSeenAndCouldNotBeHadIsKnownAfterARestart() throws Exception {
    published.grow(9);
    try (MirroredLog log = open()) {
      follow(log);
      published.grow(3);
      published.given = List.copyOf(published.signed.subList(0, 9));
      follow(log);
    }
    try (MirroredLog log = open()) {
      assertThat(log.vouchedSize()).isEqualTo(9);
      published.signed.subList(10, 12).clear();
      published.given = published.signed;
      follow(log);
      assertThat(kinds()).containsExactly(Alarm.Kind.LOG_ROLLBACK);
      assertThat(log.vouchedSize()).isEqualTo(9);
      published.grow(2);
      follow(log);
      assertThat(log.vouchedSize()).as("the one that was seen").isEqualTo(12);
    }
    assertThat(alarms).hasSize(1);
  }

  @Test
  void twoHistoriesOfWhichNoEntryCouldBeHadAreAnAlarmAfterARestart() throws Exception {
    published.grow(9);
    try (MirroredLog log = open()) {
      follow(log);
      published.given = List.copyOf(published.signed);
      published.grow(3);
      follow(log);
      published.signed.set(11, RecordLogIssuer.digest(99));
      published.grow(3);
      follow(log);
    }
    try (MirroredLog log = open()) {
      published.grow(3);
      follow(log);
      assertThat(alarms).isEmpty();
      published.given = published.signed;
      follow(log);
      clock.advance(WITHIN);
      follow(log);
      assertThat(kinds()).contains(Alarm.Kind.LOG_FORK);
      assertThat(log.vouchedSize()).isEqualTo(9);
    }
  }

  @Test
  void falseEntriesCountForNothingAndAreNoFork() throws Exception {
    published.grow(9);
    try (MirroredLog log = open()) {
      follow(log);
      published.grow(3);
      published.given = new ArrayList<>(published.signed);
      published.given.set(10, RecordLogIssuer.digest(99));
      follow(log);
      clock.advance(WITHIN.minusMillis(1));
      follow(log);
      assertThat(alarms).isEmpty();
      clock.advance(Duration.ofMillis(1));
      follow(log);
      follow(log);
      assertThat(kinds()).containsExactly(Alarm.Kind.COUNTERFOIL_MISSING);
      assertThat(log.vouchedSize()).isEqualTo(9);
      published.given = published.signed;
      clock.advance(MirroredLog.ASKED_AGAIN_MAX);
      follow(log);
      assertThat(log.vouchedSize()).isEqualTo(12);
    }
  }

  @Test
  void falseEntriesAreAskedForAgainLaterAndLater() throws Exception {
    published.grow(9);
    try (MirroredLog log = open()) {
      follow(log);
      published.grow(3);
      published.given = new ArrayList<>(published.signed);
      published.given.set(10, RecordLogIssuer.digest(99));
      Duration pause = MirroredLog.ASKED_AGAIN_FIRST;
      for (int i = 0; i < 8; i++) {
        published.asked = 0;
        follow(log);
        assertThat(published.asked).as("to take in, and to tell why").isEqualTo(2);
        clock.advance(pause.minusMillis(1));
        follow(log);
        assertThat(published.asked).as("none before %s", pause).isEqualTo(2);
        clock.advance(Duration.ofMillis(1));
        pause = pause.multipliedBy(2);
        pause =
            pause.compareTo(MirroredLog.ASKED_AGAIN_MAX) < 0 ? pause : MirroredLog.ASKED_AGAIN_MAX;
      }
      published.given = published.signed;
      follow(log);
      assertThat(log.vouchedSize()).isEqualTo(12);
      // After what was right a pause is a short one again.
      published.grow(1);
      published.given = new ArrayList<>(published.signed);
      published.given.set(12, RecordLogIssuer.digest(99));
      follow(log);
      published.given = published.signed;
      clock.advance(MirroredLog.ASKED_AGAIN_FIRST);
      follow(log);
      assertThat(log.vouchedSize()).isEqualTo(13);
    }
  }

  @Test
  void alsoWhyEntriesAreWrongIsFoundAPartAtEachLook() throws Exception {
    published.grow(9);
    try (MirroredLog log = open()) {
      follow(log);
      published.signed.set(4, RecordLogIssuer.digest(99));
      published.grow(2 * MirroredLog.BUNDLES_AT_ONCE * 256);
      int most = 0;
      Progress progress = Progress.BEHIND;
      while (progress == Progress.BEHIND) {
        published.asked = 0;
        progress = log.look();
        most = Math.max(most, published.asked);
      }
      assertThat(most).isEqualTo(MirroredLog.BUNDLES_AT_ONCE);
      assertThat(kinds()).containsExactly(Alarm.Kind.LOG_FORK);
    }
  }

  @Test
  void entriesThatAreWithheldAreAnAlarmAndAnIssuerThatIsDownIsNone() throws Exception {
    published.grow(9);
    try (MirroredLog log = open()) {
      follow(log);
      published.down = true;
      follow(log);
      clock.advance(WITHIN);
      follow(log);
      assertThat(alarms).isEmpty();
      published.down = false;
      published.grow(3);
      published.given = List.copyOf(published.signed.subList(0, 9));
      follow(log);
      clock.advance(WITHIN);
      follow(log);
      assertThat(kinds()).containsExactly(Alarm.Kind.COUNTERFOIL_MISSING);
    }
  }
}
