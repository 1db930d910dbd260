package dev.counterfoil.log.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.Cosignature;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.log.Log;
import dev.counterfoil.log.Machine;
import dev.counterfoil.log.RecentTrees;
import dev.counterfoil.log.TestKey;
import dev.counterfoil.log.TestSubmission;
import dev.counterfoil.log.checkpoint.Cosigning.Verdict;
import dev.counterfoil.log.disk.FaultyDisk;
import dev.counterfoil.log.disk.LogDamagedException;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.log.read.LogReader;
import dev.counterfoil.log.tiles.TileStore;
import dev.counterfoil.log.tiles.TreeState;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a log makes of what others cosigned. */
class CosigningTest {
  private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");
  private static final long TIME = NOW.getEpochSecond();

  private final Machine machine = new Machine(new Random(5));
  private final FaultyDisk journalDisk = machine.disk("journal");
  private final FaultyDisk publicDisk = machine.disk("public");
  private final TestKey key = new TestKey("log.example/logs/s1g1");
  private final TestCosigner first = new TestCosigner("first.example");
  private final TestCosigner second =
      new TestCosigner("second.example", CosignerKey.Algorithm.ML_DSA_44);
  private final TestCosigner third = new TestCosigner("third.example");
  private final TestCosigner custodian = new TestCosigner("custodian.example");
  private final TestCosigner stranger = new TestCosigner("stranger.example");
  private final Map<Level, Long> raised = new EnumMap<>(Level.class);
  private final List<TreeState> trees = new ArrayList<>();
  private Log log;
  private Cosigning cosigning;

  @BeforeEach
  void open() throws IOException {
    log =
        Log.open(
            journalDisk,
            publicDisk,
            new JournalOptions(64 << 10, 0),
            key,
            () -> NOW,
            new Random(3));
    trees.add(log.tree());
    for (int i = 0; i < 10; i++) {
      grow(37);
    }
    cosigning = cosigning();
  }

  private Cosigning cosigning() {
    return new Cosigning(
        key,
        log::tree,
        publicDisk,
        log.journal(),
        List.of(first.witness(), second.witness(), third.witness(), custodian.custodian()),
        2,
        raised::put);
  }

  @AfterEach
  void close() throws IOException {
    log.close();
  }

  private void grow(int entries) {
    List<TestSubmission> submissions = new ArrayList<>();
    for (int i = 0; i < entries; i++) {
      submissions.add(new TestSubmission("entry"));
    }
    log.sequence(submissions);
    trees.add(log.tree());
  }

  private Checkpoint checkpoint(TreeState tree) {
    return new Checkpoint(key.key().name(), tree.size(), tree.root());
  }

  private Checkpoint now() {
    return checkpoint(log.tree());
  }

  private Verdict take(SignedNote note) throws IOException {
    return cosigning.take(note, NOW);
  }

  private static SignedNote note(Checkpoint checkpoint, TestCosigner... by) {
    return TestCosigner.note(checkpoint, TIME, by);
  }

  @Test
  void publishesAtQuorumWithTheLogsLineAndAllGoodOnes() throws Exception {
    assertThat(take(note(now(), first))).isInstanceOf(Verdict.Counted.class);
    assertThat(cosigning.cosignedSize()).isEqualTo(-1);
    assertThat(publicDisk.files).doesNotContainKey(Cosigning.FILE);
    assertThat(raised).isEmpty();

    assertThat(take(note(now(), second))).isInstanceOf(Verdict.Counted.class);
    assertThat(raised).containsEntry(Level.COSIGNED, 370L).doesNotContainKey(Level.HELD);
    byte[] published = publicDisk.durable(Cosigning.FILE);
    assertThat(Checkpoint.verify(published, key.key()).size()).isEqualTo(370);
    SignedNote note = SignedNote.parse(published);
    assertThat(Cosignature.find(note, first.key())).isPresent();
    assertThat(Cosignature.find(note, second.key())).isPresent();
    assertThat(Cosignature.find(note, third.key())).isEmpty();
  }

  /** A custodian's word counts while what witnesses completed waits for its sync. */
  @Test
  void whatIsCompleteIsPublishedApartFromWhatIsJudged() throws Exception {
    Checkpoint earlier = now();
    assertThat(cosigning.judge(note(earlier, first), NOW))
        .isInstanceOfSatisfying(
            Verdict.Counted.class, counted -> assertThat(counted.completes()).isFalse());
    assertThat(cosigning.judge(note(earlier, second), NOW))
        .isInstanceOfSatisfying(
            Verdict.Counted.class, counted -> assertThat(counted.completes()).isTrue());
    assertThat(publicDisk.files).doesNotContainKey(Cosigning.FILE);
    assertThat(raised).isEmpty();
    cosigning.judge(note(earlier, custodian), NOW);
    assertThat(raised).containsOnly(Map.entry(Level.HELD, 370L));

    // One that is complete before the last was written takes its place.
    grow(10);
    cosigning.judge(note(now(), first, second), NOW);
    cosigning.publishDue();
    assertThat(raised).containsEntry(Level.COSIGNED, 380L);
    assertThat(cosigning.cosignedSize()).isEqualTo(380);
    assertThat(Checkpoint.verify(publicDisk.durable(Cosigning.FILE), key.key()).size())
        .isEqualTo(380);
    publicDisk.delete(Cosigning.FILE);
    cosigning.publishDue();
    assertThat(publicDisk.files).as("nothing is due").doesNotContainKey(Cosigning.FILE);
    // And what is older than that completes nothing.
    assertThat(cosigning.judge(note(earlier, first, third), NOW))
        .isInstanceOfSatisfying(
            Verdict.Counted.class, counted -> assertThat(counted.completes()).isFalse());
  }

  /** Roots that are remembered are told from others as those that are made from files are. */
  @Test
  void aTreeOfAShortTimeAgoIsJudgedFromMemory() throws Exception {
    cosigning = cosigning().remembering(log.recentTrees()::rootAt);
    TreeState older = trees.get(5);
    TreeState between = new TreeState(older.size() + 1, older.root());
    assertThat(log.recentTrees().rootAt(older.size())).contains(older.root());
    assertThat(log.recentTrees().rootAt(between.size())).isEmpty();
    assertThat(log.recentTrees().rootAt(log.tree().size() + 1)).isEmpty();
    publicDisk.delete(TileStore.DIGESTS);
    assertThat(cosigning.isJudgedAtOnce(note(checkpoint(older), custodian))).isTrue();
    assertThat(cosigning.isJudgedAtOnce(note(checkpoint(between), custodian))).isFalse();
    assertThat(cosigning.isJudgedAtOnce(note(checkpoint(older), first, second, custodian)))
        .as("so many signatures take their time")
        .isFalse();
    assertThat(take(note(checkpoint(older), custodian))).isInstanceOf(Verdict.Counted.class);
    assertThat(raised).containsEntry(Level.HELD, older.size());
    Checkpoint other = new Checkpoint(key.key().name(), older.size(), log.tree().root());
    assertThat(cosigning.isJudgedAtOnce(note(other, custodian))).isFalse();
    assertThat(take(note(other, custodian))).isInstanceOf(Verdict.Contradicted.class);
  }

  @Test
  void onlySoManyTreesAreRemembered() {
    RecentTrees recent = new RecentTrees();
    assertThat(recent.rootAt(0)).isEmpty();
    for (int i = 0; i < 3000; i++) {
      recent.add(new TreeState(2L * i, Hash.sha256(new byte[i])));
    }
    assertThat(recent.rootAt(2 * 2999)).contains(Hash.sha256(new byte[2999]));
    assertThat(recent.rootAt(2 * (3000 - 1024))).contains(Hash.sha256(new byte[3000 - 1024]));
    assertThat(recent.rootAt(2 * (3000 - 1025))).isEmpty();
    assertThat(recent.rootAt(5001)).isEmpty();
  }

  @Test
  void aProofIsUnderTheCosignedCheckpointWhereThatCoversTheEntry() throws Exception {
    take(note(now(), first, third));
    grow(10);
    log.checkpoint();
    try (LogReader reader = new LogReader(publicDisk)) {
      assertThat(under(reader, 369)).isEqualTo(370);
      assertThat(under(reader, 370)).isEqualTo(380);
      assertThat(reader.proof(380)).isEmpty();
    }
  }

  private static long under(LogReader reader, long position) throws Exception {
    return Checkpoint.parse(reader.proof(position).orElseThrow().checkpoint().text()).size();
  }

  @Test
  void oneWitnessWithTwoKeysIsOneWitness() throws Exception {
    TestCosigner sameName = new TestCosigner("first.example", CosignerKey.Algorithm.ML_DSA_44);
    Cosigner alsoFirst = new Cosigner("first-ml-dsa", sameName.key(), Cosigner.Kind.WITNESS, false);
    cosigning =
        new Cosigning(
            key,
            log::tree,
            publicDisk,
            log.journal(),
            List.of(first.witness(), alsoFirst, second.witness()),
            2,
            raised::put);
    take(note(now(), first, sameName));
    assertThat(cosigning.cosignedSize()).isEqualTo(-1);
    take(note(now(), second));
    assertThat(cosigning.cosignedSize()).isEqualTo(370);
  }

  @Test
  void oneWitnessTwiceIsOneWitness() throws Exception {
    take(note(now(), first));
    take(TestCosigner.note(now(), TIME + 1, first));
    take(note(now(), custodian));
    assertThat(cosigning.cosignedSize()).isEqualTo(-1);
    take(note(now(), third));
    assertThat(cosigning.cosignedSize()).isEqualTo(370);
  }

  @Test
  void aLateLineCompletesAnOlderRoundButNothingGoesBack() throws Exception {
    Checkpoint older = now();
    take(note(older, first));
    grow(10);
    Checkpoint newer = now();
    take(note(newer, first));
    take(note(older, third));
    assertThat(cosigning.cosignedSize()).isEqualTo(370);
    take(note(newer, third));
    assertThat(cosigning.cosignedSize()).isEqualTo(380);
    assertThat(take(note(older, second))).isInstanceOf(Verdict.Counted.class);
    assertThat(cosigning.cosignedSize()).isEqualTo(380);
    assertThat(Checkpoint.parse(cosigning.published().orElseThrow().text()).size()).isEqualTo(380);
  }

  @Test
  void aCustodianHoldsAnySizeBetweenCheckpoints() throws Exception {
    for (TreeState tree : trees) {
      assertThat(take(note(checkpoint(tree), custodian))).isInstanceOf(Verdict.Counted.class);
      assertThat(cosigning.heldSize()).isEqualTo(tree.size());
    }
    assertThat(raised).containsEntry(Level.HELD, 370L).doesNotContainKey(Level.COSIGNED);
    // An older one counts and changes nothing.
    take(note(checkpoint(trees.get(3)), custodian));
    assertThat(cosigning.heldSize()).isEqualTo(370);
  }

  @Test
  void strangersAndBadLinesDoNotCount() throws Exception {
    assertThat(take(note(now(), stranger))).isInstanceOf(Verdict.Refused.class);
    SignedNote ofAnother =
        TestCosigner.note(
            new Checkpoint("other.example/logs/s1g1", 370, log.tree().root()), TIME, first);
    assertThat(take(ofAnother)).isInstanceOf(Verdict.Refused.class);
    // A line of the first under another size: the name fits, the signature does not.
    SignedNote moved =
        new SignedNote(checkpoint(trees.get(4)).text(), note(now(), first).signatures());
    assertThat(take(moved)).isInstanceOf(Verdict.Refused.class);
    assertThat(standing("first.example").problem()).contains("bad");
    SignedNote extended = new SignedNote(now().text() + "more\n", note(now(), first).signatures());
    assertThat(take(extended)).isInstanceOf(Verdict.Refused.class);
    assertThat(take(note(now(), first))).isInstanceOf(Verdict.Counted.class);
  }

  private Cosigning.Standing standing(String name) {
    return cosigning.standings().stream()
        .filter(standing -> standing.cosigner().name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void anotherRootIsAContradictionAndProvenOnlyByWhoMustNotSayIt() throws Exception {
    Checkpoint other = new Checkpoint(key.key().name(), 370, Hash.sha256(new byte[] {1}));
    assertThat(take(note(other, first)))
        .isInstanceOfSatisfying(Verdict.Contradicted.class, c -> assertThat(c.proven()).isFalse());
    assertThat(take(note(other, custodian)))
        .isInstanceOfSatisfying(Verdict.Contradicted.class, c -> assertThat(c.proven()).isTrue());
    assertThat(take(other.sign(key)))
        .isInstanceOfSatisfying(Verdict.Contradicted.class, c -> assertThat(c.proven()).isTrue());
    assertThat(standing("first.example").problem()).contains("another tree");
    // Unsigned by anybody known it is nothing.
    assertThat(take(note(other, stranger))).isInstanceOf(Verdict.Refused.class);
    assertThat(raised).isEmpty();
  }

  @Test
  void aTreeThatWasLargerMeansThatTheLogWasRewound() throws Exception {
    Checkpoint larger = new Checkpoint(key.key().name(), 371, Hash.sha256(new byte[] {1}));
    assertThat(take(note(larger, first))).isInstanceOf(Verdict.Refused.class);
    assertThat(take(note(larger, custodian)))
        .isInstanceOfSatisfying(
            Verdict.Rewound.class,
            rewound -> {
              assertThat(rewound.size()).isEqualTo(370);
              assertThat(rewound.theirs().size()).isEqualTo(371);
            });
    assertThat(take(larger.sign(key))).isInstanceOf(Verdict.Rewound.class);
  }

  @Test
  void thePublishedOneIsTakenUpAgainAndHeldAgainstTheLog() throws Exception {
    take(note(now(), first, third));
    Cosigning later = cosigning();
    raised.clear();
    assertThat(later.takePublished(NOW)).containsInstanceOf(Verdict.Counted.class);
    assertThat(later.cosignedSize()).isEqualTo(370);
    assertThat(raised).containsEntry(Level.COSIGNED, 370L);

    Checkpoint larger = new Checkpoint(key.key().name(), 999, Hash.sha256(new byte[] {1}));
    publicDisk.replace(Cosigning.FILE, larger.sign(key).bytes());
    assertThat(cosigning().takePublished(NOW)).containsInstanceOf(Verdict.Rewound.class);
    publicDisk.replace(Cosigning.FILE, note(now(), first).bytes());
    assertThatThrownBy(() -> cosigning().takePublished(NOW))
        .isInstanceOf(LogDamagedException.class)
        .hasMessageContaining("not this log's");
  }

  /** Whoever can write the public folder cannot make the log believe that there are two of it. */
  @Test
  void aChangedTileRaisesNoAlarm() throws Exception {
    Checkpoint older = checkpoint(trees.get(7));
    publicDisk.damage(
        "digests",
        bytes -> {
          byte[] changed = bytes.clone();
          changed[258 * Hash.BYTES] ^= 1;
          return changed;
        });
    assertThat(take(note(older, custodian))).isInstanceOf(Verdict.Counted.class);
  }

  /** Also where another note is taken before anybody looks at what one said. */
  @Test
  void eachNoteSaysItsOwnTimesAlsoWhereNoneCounts() throws Exception {
    List<Map<String, Instant>> said = new ArrayList<>();
    assertThat(cosigning.judge(TestCosigner.note(now(), TIME + 31, first), NOW, said::add))
        .isInstanceOf(Verdict.Refused.class);
    assertThat(cosigning.judge(note(now(), custodian), NOW, said::add))
        .isInstanceOf(Verdict.Counted.class);
    assertThat(said)
        .containsExactly(
            Map.of("first.example", NOW.plusSeconds(31)), Map.of("custodian.example", NOW));
  }

  @Test
  void clocksThatStepOrderNothing() throws Exception {
    take(TestCosigner.note(now(), TIME, first));
    grow(5);
    // The witness's clock went back a year, ours a day.
    long yearAgo = TIME - 31_536_000;
    assertThat(
            cosigning.take(
                TestCosigner.note(now(), yearAgo, first, third), NOW.minusSeconds(86_400)))
        .isInstanceOf(Verdict.Counted.class);
    assertThat(cosigning.cosignedSize()).isEqualTo(375);
    grow(5);
    assertThat(take(TestCosigner.note(now(), TIME + 31, first)))
        .isInstanceOf(Verdict.Refused.class);
    assertThat(standing("first.example").problem()).contains("clock is ahead");
    assertThat(take(TestCosigner.note(now(), TIME + 30, first)))
        .isInstanceOf(Verdict.Counted.class);
    // Ours went forward a year: old times are no reason against a cosignature.
    assertThat(cosigning.take(note(now(), third), NOW.plusSeconds(31_536_000)))
        .isInstanceOf(Verdict.Counted.class);
    assertThat(cosigning.cosignedSize()).isEqualTo(380);
    assertThat(take(TestCosigner.note(now(), Long.MAX_VALUE, second)))
        .isInstanceOf(Verdict.Refused.class);
  }

  @Test
  void whatCannotBeWrittenIsNotCosigned() throws Exception {
    take(note(now(), first));
    machine.failWithin(1);
    assertThatThrownBy(() -> take(note(now(), third))).isInstanceOf(IOException.class);
    assertThat(raised).doesNotContainKey(Level.COSIGNED);
    machine.healthy();
    take(TestCosigner.note(now(), TIME + 1, third));
    assertThat(raised).containsEntry(Level.COSIGNED, 370L);
  }
}
