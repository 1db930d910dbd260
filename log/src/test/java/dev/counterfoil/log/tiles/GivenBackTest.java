package dev.counterfoil.log.tiles;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.policy.TlogProof;
import dev.counterfoil.log.Log;
import dev.counterfoil.log.Machine;
import dev.counterfoil.log.TestKey;
import dev.counterfoil.log.TestSubmission;
import dev.counterfoil.log.care.Scrubber;
import dev.counterfoil.log.checkpoint.Cosigning;
import dev.counterfoil.log.checkpoint.TestCosigner;
import dev.counterfoil.log.disk.FaultyDisk;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.disk.LogDamagedException;
import dev.counterfoil.log.disk.RecordsGivenBackException;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.log.journal.JournalReader;
import dev.counterfoil.log.journal.SegmentFormat;
import dev.counterfoil.log.read.LogReader;
import dev.counterfoil.log.tools.LogArchive;
import dev.counterfoil.log.tools.LogCheck;
import dev.counterfoil.log.tools.LogChecker;
import dev.counterfoil.log.tools.LogRestore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A log whose journal begins later than the log: everything but the counterfoils goes on. */
class GivenBackTest {
  private static final JournalOptions SMALL = new JournalOptions(64 << 10, 0);
  private static final int ENTRIES = 3000;

  private final Machine machine = new Machine(new Random(11));
  private final FaultyDisk journalDisk = machine.disk("journal");
  private final FaultyDisk publicDisk = machine.disk("public");
  private final TestKey key = new TestKey("log.example/logs/s1g1");

  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  private Log open() throws IOException {
    return Log.open(
        journalDisk, publicDisk, SMALL, key, () -> Instant.ofEpochSecond(1), new Random(3));
  }

  @BeforeEach
  void write() throws IOException {
    try (Log log = open()) {
      add(log, ENTRIES);
    }
  }

  private static void add(Log log, int count) throws IOException {
    for (int done = 0; done < count; done += 100) {
      List<TestSubmission> batch = new ArrayList<>();
      for (int i = 0; i < Math.min(100, count - done); i++) {
        batch.add(new TestSubmission("entry-" + log.tree().size() + "-" + i));
      }
      log.sequence(batch);
    }
    log.checkpoint();
  }

  private LogCheck check() throws IOException {
    try (LogReader reader = new LogReader(publicDisk)) {
      return new LogChecker(
              reader, key.key(), Optional.empty(), Optional.of(journalDisk), (n, total) -> {})
          .check();
    }
  }

  private void isSound(long records) throws IOException {
    assertThat(check())
        .isInstanceOfSatisfying(
            LogCheck.Sound.class,
            sound -> {
              assertThat(sound.recordsChecked()).isEqualTo(records);
              assertThat(sound.checkpointsExtended()).isZero();
            });
  }

  private long giveBack(long upTo) throws IOException {
    try (Log log = open()) {
      log.rollOver();
      return log.giveBack(upTo);
    }
  }

  private static Scrubber.Progress pass(Scrubber scrubber) throws IOException {
    while (scrubber.step() > 0) {}
    return scrubber.progress();
  }

  private Scrubber scrubber(Log log) {
    return new Scrubber(publicDisk, log.journal(), log::tree, () -> Instant.ofEpochSecond(5));
  }

  @Test
  void wholeSegmentsGoAndTheRestOfTheLogStays() throws Exception {
    isSound(ENTRIES);
    long segments = journalDisk.names().stream().filter(n -> n.endsWith(".segment")).count();
    assertThat(segments).isGreaterThan(3);
    long begin = giveBack(2000);
    assertThat(begin).isBetween(1000L, 2000L);
    isSound(ENTRIES - begin);
    assertThat(journalDisk.names().stream().filter(n -> n.endsWith(".segment")).count())
        .isLessThan(segments);
    try (Log log = open();
        LogReader reader = new LogReader(publicDisk)) {
      TlogProof early = reader.proof(7).orElseThrow();
      Checkpoint covering = early.verify(reader.leaf(7).orElseThrow(), key.key());
      assertThat(covering.size()).isEqualTo(ENTRIES);
      assertThat(log.journal().read(begin, 1, 1)).hasSize(1);
      assertThatThrownBy(() -> log.journal().read(begin - 1, 5, 1 << 20))
          .isInstanceOfSatisfying(
              RecordsGivenBackException.class, gone -> assertThat(gone.begin()).isEqualTo(begin));
      add(log, 500);
    }
    isSound(ENTRIES + 500 - begin);
  }

  @Test
  void aSegmentThatIsBeingOverwrittenIsNoDamage() throws Exception {
    giveBack(ENTRIES);
    journalDisk.createZeroed(SegmentFormat.name(0), SMALL.segmentBytes());
    isSound(0);
    // One that begins where the journal does is not given back.
    journalDisk.createZeroed(SegmentFormat.name(ENTRIES), SMALL.segmentBytes());
    assertThat(check())
        .isInstanceOfSatisfying(
            LogCheck.Different.class,
            different -> assertThat(different.kind()).isEqualTo(LogCheck.Kind.RECORD_DAMAGED));
  }

  @Test
  void allOfItCanGoAndTheLogGoesOn() throws Exception {
    assertThat(giveBack(ENTRIES)).isEqualTo(ENTRIES);
    assertThat(journalDisk.names()).noneMatch(name -> name.endsWith(".segment"));
    isSound(0);
    try (Log log = open()) {
      assertThat(log.tree().size()).isEqualTo(ENTRIES);
      add(log, 10);
    }
    isSound(10);
    journalDisk.files.remove(SegmentFormat.name(ENTRIES));
    assertThatThrownBy(this::open)
        .isInstanceOf(LogDamagedException.class)
        .hasMessageContaining("had at least 3010 records");
  }

  @Test
  void whoHasReadAllOfItReadsWhatComesAfterIt() throws Exception {
    try (Log log = open()) {
      assertThat(log.journal().read(ENTRIES - 1, 1, 1 << 20)).hasSize(1);
      log.rollOver();
      assertThat(log.giveBack(ENTRIES)).isEqualTo(ENTRIES);
      add(log, 10);
      assertThat(log.journal().read(ENTRIES, 5, 1 << 20)).hasSize(5);
      assertThatThrownBy(() -> log.journal().read(ENTRIES - 1, 5, 1 << 20))
          .isInstanceOf(RecordsGivenBackException.class);
    }
  }

  @Test
  void theSegmentThatIsWrittenStays() throws IOException {
    try (Log log = open()) {
      long begin = log.giveBack(ENTRIES);
      assertThat(begin).isLessThan(ENTRIES).isPositive();
      assertThat(log.giveBack(ENTRIES)).isEqualTo(begin);
      log.rollOver();
      assertThat(log.giveBack(ENTRIES)).isEqualTo(ENTRIES);
    }
  }

  /** Of what was given back nothing is left in blocks that are free. */
  @Test
  void segmentsAreOverwrittenBeforeTheyGo() throws IOException {
    FaultyDisk.Content first = Objects.requireNonNull(journalDisk.files.get(SegmentFormat.name(0)));
    assertThat(text(first)).contains("entry-0-0");
    giveBack(2000);
    assertThat(text(first)).doesNotContain("entry-");
  }

  private static String text(FaultyDisk.Content content) {
    return new String(content.durable, StandardCharsets.ISO_8859_1);
  }

  @Test
  void recordsThatAreNotThoseOfTheirLeavesAreNotGivenBack() throws IOException {
    try (Log log = open()) {
      publicDisk.flip("digests", 8L * 32 * 5);
      assertThatThrownBy(() -> log.giveBack(2000))
          .isInstanceOf(LogDamagedException.class)
          .hasMessageContaining("none is given back");
      assertThat(log.journal().begin()).isZero();
      publicDisk.flip("digests", 8L * 32 * 5);
      assertThat(log.giveBack(2000)).isPositive();
    }
  }

  @Test
  void tilesAreWrittenAgainFromWhereTheJournalBegins() throws IOException {
    long begin = giveBack(2000);
    publicDisk.damage("digests", bytes -> java.util.Arrays.copyOf(bytes, 32 * (int) (begin + 10)));
    open().close();
    isSound(ENTRIES - begin);
    publicDisk.damage("digests", bytes -> java.util.Arrays.copyOf(bytes, 32 * (int) (begin - 10)));
    assertThatThrownBy(this::open)
        .isInstanceOf(LogDamagedException.class)
        .hasMessageContaining("below entry " + begin);
  }

  @Test
  void aBeginThatIsNotTheTreesIsRefused() throws IOException {
    long begin = giveBack(2000);
    FrontierMark mark = FrontierMark.begin(journalDisk);
    assertThat(mark.size()).isEqualTo(begin);
    List<dev.counterfoil.format.bytes.Hash> roots = new ArrayList<>(mark.roots());
    roots.set(0, dev.counterfoil.format.bytes.Hash.sha256(new byte[] {1}));
    journalDisk.replace(FrontierMark.BEGIN, new FrontierMark(begin, roots).encode());
    assertThat(check())
        .isInstanceOfSatisfying(
            LogCheck.Different.class,
            different -> assertThat(different.kind()).isEqualTo(LogCheck.Kind.NOT_CONSISTENT));
    byte[] damaged = mark.encode();
    damaged[20] ^= 1;
    journalDisk.replace(FrontierMark.BEGIN, damaged);
    assertThatThrownBy(this::open)
        .isInstanceOf(LogDamagedException.class)
        .hasMessageContaining("begin in journal is damaged");
    journalDisk.replace(FrontierMark.BEGIN, mark.encode());
    isSound(ENTRIES - begin);
  }

  @Test
  void theScrubberReadsOn() throws IOException {
    long begin = giveBack(2000);
    try (Log log = open()) {
      assertThat(pass(scrubber(log)).difference()).isEmpty();
      publicDisk.flip("nodes-3", 8L * 32 * 3);
      assertThat(pass(scrubber(log)).difference().orElseThrow().repaired()).isTrue();
      publicDisk.flip("digests", 8L * 32 * (begin + 3));
      assertThat(pass(scrubber(log)).difference().orElseThrow().repaired()).isTrue();
      publicDisk.flip("digests", 8L * 32 * 3);
      Scrubber.Progress lost = pass(scrubber(log));
      assertThat(lost.damage().orElseThrow().description())
          .contains("below entry " + begin + ", where the journal begins");
      publicDisk.flip("digests", 8L * 32 * 3);
      assertThat(pass(scrubber(log)).difference()).isEmpty();
    }
  }

  @Test
  void anArchiveHasWhatIsLeftAndIsRestored() throws Exception {
    long begin = giveBack(2000);
    Path archive = folder.resolve("log.zip");
    try (LogReader reader = new LogReader(publicDisk)) {
      LogArchive.Export made =
          new LogArchive(
                  reader,
                  key.key(),
                  Optional.of(journalDisk),
                  LogChecker.EntryForm.LEAVES,
                  1,
                  () -> Instant.ofEpochSecond(1),
                  (n, total) -> {})
              .write(archive);
      assertThat(made)
          .isInstanceOfSatisfying(
              LogArchive.Export.Written.class,
              written -> {
                assertThat(written.manifest().recordsFrom()).isEqualTo(begin);
                assertThat(written.manifest().records()).isEqualTo(ENTRIES - begin);
              });
    }
    LogRestore restore =
        new LogRestore(
            archive, key.key(), LogChecker.EntryForm.LEAVES, 1, new Random(1), (n, total) -> {});
    assertThat(restore.restore(folder.resolve("restored")))
        .isInstanceOfSatisfying(
            LogRestore.Outcome.Restored.class,
            restored -> assertThat(restored.sound().recordsChecked()).isEqualTo(ENTRIES - begin));
    JournalReader records =
        JournalReader.open(FileDisk.toRead(folder.resolve("restored/journal")), key.key().name());
    assertThat(records.begin()).isEqualTo(begin);
    assertThat(records.read(begin, 1, 1)).hasSize(1);
  }

  @Test
  void aCosignedRootOfWhatWasGivenBackIsJudgedByTheLeaves() throws Exception {
    TestCosigner witness = new TestCosigner("witness.example/w1");
    Checkpoint early;
    try (LogReader reader = new LogReader(publicDisk)) {
      early =
          new Checkpoint(
              key.key().name(),
              500,
              dev.counterfoil.format.tree.MerkleFrontier.resume(500, reader.hashes(ENTRIES))
                  .root());
    }
    giveBack(2000);
    try (Log log = open()) {
      Cosigning cosigning =
          new Cosigning(
              key, log::tree, publicDisk, log.journal(), List.of(witness.witness()), 1, log::raise);
      // A damaged node is no reason to believe in two histories.
      publicDisk.flip("level-1", 8L * 3);
      assertThat(
              cosigning.take(
                  TestCosigner.note(early, 1_700_000_000, witness),
                  Instant.ofEpochSecond(1_700_000_000)))
          .isInstanceOf(Cosigning.Verdict.Counted.class);
      publicDisk.flip("digests", 8L * 3);
      assertThatThrownBy(
              () ->
                  cosigning.take(
                      TestCosigner.note(early, 1_700_000_001, witness),
                      Instant.ofEpochSecond(1_700_000_001)))
          .isInstanceOf(LogDamagedException.class);
    }
  }
}
