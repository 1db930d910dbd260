package dev.counterfoil.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.tree.Tile;
import dev.counterfoil.log.checkpoint.Checkpointer;
import dev.counterfoil.log.disk.FaultyDisk;
import dev.counterfoil.log.disk.LogDamagedException;
import dev.counterfoil.log.disk.LogFailedException;
import dev.counterfoil.log.disk.LogRewoundException;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.log.journal.SegmentFormat;
import dev.counterfoil.log.read.DamagedHashesException;
import dev.counterfoil.log.read.LogReader;
import dev.counterfoil.log.record.Counterfoil;
import dev.counterfoil.log.tiles.FrontierMark;
import dev.counterfoil.log.tools.LogCheck;
import dev.counterfoil.log.tools.LogChecker;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Starts and faults of a log, step by step. */
class LogTest {
  private static final JournalOptions SMALL = new JournalOptions(64 << 10, 0);
  private final Machine machine = new Machine(new Random(7));
  private final FaultyDisk journalDisk = machine.disk("journal");
  private final FaultyDisk publicDisk = machine.disk("public");
  private final TestKey key = new TestKey("log.example/logs/s1g1");

  private Log open() throws IOException {
    return Log.open(
        journalDisk, publicDisk, SMALL, key, () -> Instant.ofEpochSecond(1), new Random(3));
  }

  private static List<TestSubmission> submissions(int count) {
    List<TestSubmission> submissions = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      submissions.add(new TestSubmission("entry-" + i));
    }
    return submissions;
  }

  /** A log with a checkpoint over a number of entries, closed. */
  private void write(int entries) throws IOException {
    try (Log log = open()) {
      log.sequence(submissions(entries));
      log.checkpoint();
    }
  }

  private LogCheck check() throws IOException {
    try (LogReader reader = new LogReader(publicDisk)) {
      return new LogChecker(
              reader, key.key(), Optional.empty(), Optional.of(journalDisk), (n, total) -> {})
          .check();
    }
  }

  @Test
  void whoDeclinesOrFailsLeavesNoHole() throws IOException {
    List<TestSubmission> entries = submissions(5);
    entries.get(1).declines = true;
    entries.get(3).throwsInCompose = true;
    try (Log log = open()) {
      log.sequence(entries);
      assertThat(log.tree().size()).isEqualTo(3);
    }
    assertThat(entries.stream().map(entry -> entry.recordedAt))
        .containsExactly(0L, -1L, 1L, -1L, 2L);
    assertThat(entries.stream().map(entry -> entry.answers)).containsExactly(1, 0, 1, 1, 1);
    assertThat(entries.get(3).failure).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void anEntryThatIsComposedForAnotherPositionIsNotTaken() throws IOException {
    TestSubmission liar =
        new TestSubmission("liar") {
          @Override
          public Optional<Counterfoil> compose(long position, long timeMillis) {
            return super.compose(position + 1, timeMillis);
          }
        };
    TestSubmission honest = new TestSubmission("honest");
    try (Log log = open()) {
      log.sequence(List.of(liar, honest));
    }
    assertThat(liar.failure).isInstanceOf(IllegalArgumentException.class);
    assertThat(honest.recordedAt).isZero();
  }

  @Test
  void aFullDiskRefusesAndGoesOnWhenThereIsRoom() throws IOException {
    List<TestSubmission> early = submissions(3);
    TestSubmission later = new TestSubmission("later");
    try (Log log = open()) {
      machine.freeBytes = 1000;
      log.sequence(early);
      assertThat(log.tree().size()).isZero();
      assertThat(early).allMatch(entry -> entry.refusal == Refusal.FULL && entry.answers == 1);
      machine.freeBytes = 1 << 20;
      log.sequence(List.of(later));
    }
    assertThat(later.recordedAt).isZero();
  }

  @Test
  void whenTheSyncFailsNobodyIsReleased() throws IOException {
    write(3);
    List<TestSubmission> entries = submissions(3);
    Log log = open();
    machine.failWithin(1);
    assertThatThrownBy(() -> log.sequence(entries)).isInstanceOf(LogFailedException.class);
    assertThat(entries)
        .allMatch(entry -> entry.failure instanceof LogFailedException && entry.answers == 1);
    assertThat(log.tree().size()).isEqualTo(3);
    List<TestSubmission> more = submissions(1);
    assertThatThrownBy(() -> log.sequence(more)).isInstanceOf(LogFailedException.class);
    assertThat(more.getFirst().failure).isInstanceOf(LogFailedException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"digests", "level-1"})
  void missingTilesAreWrittenAgain(String file) throws IOException {
    write(700);
    publicDisk.files.remove(file);
    assertThat(check())
        .isInstanceOfSatisfying(
            LogCheck.Different.class,
            different -> assertThat(different.kind()).isEqualTo(LogCheck.Kind.TILE_MISSING));
    open().close();
    assertThat(check()).isInstanceOf(LogCheck.Sound.class);
  }

  /** What is between the tiles is for proofs alone, and no reader sees it. */
  @Test
  void missingNodesAreWrittenAgain() throws IOException {
    write(700);
    byte[] nodes = publicDisk.seen("nodes-3").clone();
    assertThat(nodes).hasSize(700 / 8 * Hash.BYTES);
    publicDisk.files.remove("nodes-3");
    try (LogReader reader = new LogReader(publicDisk)) {
      assertThatThrownBy(() -> reader.proof(300)).isInstanceOf(IOException.class);
    }
    open().close();
    assertThat(publicDisk.seen("nodes-3")).isEqualTo(nodes);
    try (LogReader reader = new LogReader(publicDisk)) {
      assertThat(reader.proof(300)).isPresent();
    }
  }

  /** A start completes what is short, and does not read what is there. */
  @Test
  void underDamagedNodesNoProofIsGiven() throws IOException {
    write(700);
    publicDisk.damage(
        "nodes-3",
        bytes -> {
          byte[] changed = bytes.clone();
          // The hash of the leaves 304 to 311, beside those of position 300.
          changed[304 / 8 * Hash.BYTES] ^= 1;
          return changed;
        });
    open().close();
    try (LogReader reader = new LogReader(publicDisk)) {
      assertThatThrownBy(() -> reader.proof(300))
          .isInstanceOf(DamagedHashesException.class)
          .hasMessageContaining("damaged");
      // The control: the way of another position does not go by it.
      assertThat(reader.proof(600)).isPresent();
    }
  }

  @Test
  void shortenedTilesAreWrittenAgain() throws IOException {
    write(700);
    publicDisk.damage("digests", bytes -> java.util.Arrays.copyOf(bytes, 100 * Hash.BYTES));
    open().close();
    assertThat(check()).isInstanceOf(LogCheck.Sound.class);
  }

  @Test
  void aTreeThatTheTilesFalsifyIsNotSigned() throws IOException {
    write(700);
    // The last leaf is part of the frontier from which a start goes on.
    publicDisk.flip("digests", 699L * Hash.BYTES * 8);
    try (Log log = open()) {
      log.sequence(submissions(1));
      log.checkpoint();
    }
    assertThat(check()).isInstanceOf(LogCheck.Sound.class);
  }

  @Test
  void aDamagedOrMissingFrontierIsMadeFromTheJournal() throws IOException {
    write(700);
    journalDisk.flip(FrontierMark.FILE, 100);
    open().close();
    assertThat(check()).isInstanceOf(LogCheck.Sound.class);
    journalDisk.files.remove(FrontierMark.FILE);
    open().close();
    assertThat(check()).isInstanceOf(LogCheck.Sound.class);
  }

  @Test
  void aJournalBelowThePublishedCheckpointIsRefused() throws IOException {
    write(3);
    FaultyDisk.Content old = new FaultyDisk.Content();
    old.seen = journalDisk.seen(SegmentFormat.name(0)).clone();
    old.durable = old.seen.clone();
    write(2);
    FaultyDisk.Content current = journalDisk.files.put(SegmentFormat.name(0), old);
    journalDisk.files.remove(FrontierMark.FILE);
    assertThatThrownBy(this::open)
        .isInstanceOf(LogRewoundException.class)
        .hasMessageContaining("ends cleanly at record 3, and the log's own checkpoint covers 5");
    if (current != null) {
      journalDisk.files.put(SegmentFormat.name(0), current);
    }
    open().close();
  }

  @Test
  void aLastBatchThatWasDamagedUnderACheckpointIsRefused() throws IOException {
    write(3);
    journalDisk.flip(SegmentFormat.name(0), 100 * 8);
    assertThatThrownBy(this::open).isInstanceOf(LogDamagedException.class);
    journalDisk.flip(SegmentFormat.name(0), 100 * 8);
    open().close();
  }

  @Test
  void aCheckpointOfAnotherKeyOrTreeIsRefusedAndABlankOneIsNot() throws IOException {
    write(3);
    byte[] good = publicDisk.read(Checkpointer.FILE, 1000);
    TestKey other = new TestKey("log.example/logs/s1g1");
    Checkpoint lie = new Checkpoint("log.example/logs/s1g1", 2, Hash.sha256());
    publicDisk.replace(Checkpointer.FILE, other.checkpoint(lie));
    assertThatThrownBy(this::open)
        .isInstanceOf(LogDamagedException.class)
        .hasMessageContaining("not this log's");
    publicDisk.replace(Checkpointer.FILE, key.checkpoint(lie));
    assertThatThrownBy(this::open)
        .isInstanceOf(LogDamagedException.class)
        .hasMessageContaining("not of the tree");
    publicDisk.replace(Checkpointer.FILE, new byte[200]);
    open().close();
    publicDisk.replace(Checkpointer.FILE, good);
    open().close();
  }

  @Test
  void aSealThatDoesNotFitTheJournalIsRefused() throws IOException {
    try (Log log = open()) {
      log.sequence(submissions(3));
      log.seal();
    }
    open().close();
    journalDisk.replace(Log.SEALED, new byte[] {'4', '\n'});
    assertThatThrownBy(this::open)
        .isInstanceOf(LogDamagedException.class)
        .hasMessageContaining("sealed");
  }

  @Test
  void readersGetNothingBeyondTheCheckpoint() throws IOException {
    try (Log log = open();
        LogReader reader = new LogReader(publicDisk)) {
      assertThat(reader.published()).isEmpty();
      assertThat(reader.find(new Tile(0, 0, 1))).isEmpty();
      log.sequence(submissions(300));
      log.checkpoint();
      log.sequence(submissions(300));
      assertThat(reader.find(new Tile(0, 1, 44))).isPresent();
      assertThat(reader.find(new Tile(0, 1, 45))).isEmpty();
      assertThat(reader.find(new Tile(Tile.ENTRIES, 1, 44)).orElseThrow()).hasSize(44 * 35);
      assertThat(reader.find(new Tile(Tile.ENTRIES, 1, 45))).isEmpty();
      assertThat(reader.find(new Tile(1, 0, 1))).isPresent();
      assertThat(reader.find(new Tile(1, 0, 2))).isEmpty();
      assertThat(reader.proof(299)).isPresent();
      assertThat(reader.proof(300)).isEmpty();
      assertThat(reader.leaf(299)).isPresent();
      assertThat(reader.leaf(300)).isEmpty();
      log.checkpoint();
      assertThat(reader.proof(300)).isPresent();
      assertThat(reader.find(new Tile(1, 0, 2))).isPresent();
    }
  }

  @Test
  void aCheckpointIsSignedOnlyWhenTheTreeGrew() throws IOException {
    try (Log log = open()) {
      assertThat(log.checkpoint()).isTrue();
      assertThat(log.checkpoint()).isFalse();
      log.sequence(submissions(1));
      assertThat(log.checkpoint()).isTrue();
      assertThat(log.checkpoint()).isFalse();
    }
    try (Log log = open()) {
      assertThat(log.checkpoint()).isFalse();
    }
  }
}
