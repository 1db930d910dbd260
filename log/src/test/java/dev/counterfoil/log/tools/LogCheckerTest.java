package dev.counterfoil.log.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.tree.MerkleFrontier;
import dev.counterfoil.format.tree.Tile;
import dev.counterfoil.format.tree.TreeHasher;
import dev.counterfoil.log.Log;
import dev.counterfoil.log.Machine;
import dev.counterfoil.log.TestKey;
import dev.counterfoil.log.TestSubmission;
import dev.counterfoil.log.checkpoint.Checkpointer;
import dev.counterfoil.log.disk.FaultyDisk;
import dev.counterfoil.log.disk.LogServer;
import dev.counterfoil.log.disk.MissingTileException;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.log.journal.SegmentFormat;
import dev.counterfoil.log.read.ChangedLeafHashes;
import dev.counterfoil.log.read.HttpLogSource;
import dev.counterfoil.log.read.LogReader;
import dev.counterfoil.log.read.LogSource;
import dev.counterfoil.log.tiles.TileStore;
import java.io.IOException;
import java.net.http.HttpClient;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The judge itself: an untouched log passes, and each change of it is reported where it is. */
class LogCheckerTest {
  private static final int ENTRIES = 66_000;
  private static final String ORIGIN = "log.example/logs/s1g1";
  private final Machine machine = new Machine(new Random(7));
  private final FaultyDisk journalDisk = machine.disk("journal");
  private final FaultyDisk publicDisk = machine.disk("public");
  private final TestKey key = new TestKey(ORIGIN);
  private Checkpoint earlier = new Checkpoint(ORIGIN, 0, Hash.sha256());

  @BeforeEach
  void write() throws Exception {
    try (Log log =
        Log.open(
            journalDisk,
            publicDisk,
            new JournalOptions(8 << 20, 0),
            key,
            () -> Instant.ofEpochSecond(1),
            new Random(3))) {
      List<TestSubmission> batch = new ArrayList<>();
      while (log.tree().size() < ENTRIES) {
        batch.clear();
        for (int i = 0; i < 3000; i++) {
          batch.add(new TestSubmission("e" + i));
        }
        log.sequence(batch);
        if (log.tree().size() == 6000) {
          earlier = new Checkpoint(ORIGIN, 6000, log.tree().root());
        }
      }
      log.checkpoint();
    }
  }

  private LogCheck check(LogSource source, Optional<Checkpoint> known) throws IOException {
    LogCheck one =
        new LogChecker(source, key.key(), known, Optional.of(journalDisk), (entries, total) -> {})
            .check();
    LogCheck several =
        new LogChecker(source, key.key(), known, Optional.of(journalDisk), (entries, total) -> {})
            .threads(3)
            .check();
    assertThat(several).as("on any number of threads").isEqualTo(one);
    return one;
  }

  private LogCheck check() throws IOException {
    try (LogReader reader = new LogReader(publicDisk)) {
      return check(reader, Optional.empty());
    }
  }

  private void differs(LogCheck check, LogCheck.Kind kind, long position) {
    assertThat(check)
        .isInstanceOfSatisfying(
            LogCheck.Different.class,
            different -> {
              assertThat(different.kind()).isEqualTo(kind);
              assertThat(different.position()).isEqualTo(position);
            });
  }

  @Test
  void anUntouchedLogIsSoundAndEachChangeIsFound() throws IOException {
    assertThat(check())
        .isInstanceOfSatisfying(
            LogCheck.Sound.class,
            sound -> {
              assertThat(sound.checkpoint().size()).isEqualTo(ENTRIES);
              assertThat(sound.recordsChecked()).isEqualTo(ENTRIES);
            });
    changedLeafHash(12_345);
    changedLeafHash(65_999);
    flipped("level-1", 200L * Hash.BYTES, LogCheck.Kind.HASH_DIFFERS, 51_200);
    flipped("level-2", 0, LogCheck.Kind.HASH_DIFFERS, 0);
    flipped("digests", 777L * Hash.BYTES, LogCheck.Kind.RECORD_DIFFERS, 777);
    assertThat(check()).isInstanceOf(LogCheck.Sound.class);
  }

  private void changedLeafHash(long position) throws IOException {
    try (LogReader reader = new LogReader(publicDisk)) {
      ChangedLeafHashes changed = new ChangedLeafHashes(reader);
      assertThat(check(changed, Optional.empty())).isInstanceOf(LogCheck.Sound.class);
      changed.positions.add(position);
      differs(check(changed, Optional.empty()), LogCheck.Kind.HASH_DIFFERS, position);
    }
  }

  private void flipped(String file, long offset, LogCheck.Kind kind, long position)
      throws IOException {
    publicDisk.flip(file, offset * 8);
    differs(check(), kind, position);
    publicDisk.flip(file, offset * 8);
  }

  @Test
  void aChangedDigestIsFoundWithoutTheJournalToo() throws IOException {
    publicDisk.flip("digests", 777L * Hash.BYTES * 8);
    try (LogReader reader = new LogReader(publicDisk)) {
      LogChecker checker =
          new LogChecker(
              reader, key.key(), Optional.empty(), Optional.empty(), (entries, total) -> {});
      // The leaf hash is made of the digest, so it shows in the tile above: 256 entries a hash.
      differs(checker.check(), LogCheck.Kind.HASH_DIFFERS, 768);
    }
  }

  @Test
  void checkpointsAreJudged() throws IOException {
    byte[] good = publicDisk.read(Checkpointer.FILE, 1000);
    publicDisk.flip(Checkpointer.FILE, 8L * (ORIGIN.length() + 1));
    differs(check(), LogCheck.Kind.CHECKPOINT_INVALID, 0);
    publicDisk.replace(
        Checkpointer.FILE, key.checkpoint(new Checkpoint(ORIGIN, ENTRIES, Hash.sha256())));
    differs(check(), LogCheck.Kind.ROOT_DIFFERS, 0);
    publicDisk.replace(
        Checkpointer.FILE, key.checkpoint(new Checkpoint(ORIGIN, ENTRIES + 1, Hash.sha256())));
    differs(check(), LogCheck.Kind.RECORD_MISSING, ENTRIES);
    publicDisk.replace(Checkpointer.FILE, good);
    assertThat(check()).isInstanceOf(LogCheck.Sound.class);
  }

  @Test
  void anEarlierCheckpointMustBeExtended() throws IOException {
    try (LogReader reader = new LogReader(publicDisk)) {
      assertThat(earlier.size()).isEqualTo(6000);
      assertThat(check(reader, Optional.of(earlier))).isInstanceOf(LogCheck.Sound.class);
      Checkpoint other = new Checkpoint(ORIGIN, 6000, Hash.sha256());
      differs(check(reader, Optional.of(other)), LogCheck.Kind.NOT_CONSISTENT, 0);
      Checkpoint larger = new Checkpoint(ORIGIN, ENTRIES + 1, Hash.sha256());
      differs(check(reader, Optional.of(larger)), LogCheck.Kind.NOT_CONSISTENT, ENTRIES);
    }
  }

  @Test
  void everyCheckpointIsHeldAgainstTheEntries() throws IOException {
    List<Checkpoint> many = new ArrayList<>();
    MerkleFrontier frontier = new MerkleFrontier();
    TreeHasher hasher = new TreeHasher();
    Random random = new Random(5);
    try (LogReader reader = new LogReader(publicDisk)) {
      many.add(new Checkpoint(ORIGIN, 0, frontier.root()));
      for (long i = 0; i < ENTRIES; i++) {
        frontier.append(reader.leaf(i).orElseThrow().hash(hasher));
        if (random.nextInt(300) == 0
            || Long.bitCount(i + 1) == 1
            || (i + 1) % 4096 < 2
            || i + 1 == ENTRIES) {
          many.add(new Checkpoint(ORIGIN, i + 1, frontier.root()));
        }
      }
      assertThat(checker(reader).extending(many).check())
          .isInstanceOfSatisfying(
              LogCheck.Sound.class,
              sound -> {
                assertThat(sound.checkpointsExtended()).isEqualTo(many.size());
                assertThat(sound.tilesChecked()).isEqualTo(258 + 2 + 1);
              });
      assertThat(checker(reader).threads(4).extending(many).check())
          .isInstanceOf(LogCheck.Sound.class);
      for (int i = 0; i < many.size(); i += 37) {
        Checkpoint lie = new Checkpoint(ORIGIN, many.get(i).size(), Hash.sha256(new byte[] {7}));
        LogCheck check = checker(reader).extending(many).extending(List.of(lie)).check();
        differs(check, LogCheck.Kind.NOT_CONSISTENT, 0);
        assertThat(((LogCheck.Different) check).where()).isEqualTo("root at size " + lie.size());
        assertThat(((LogCheck.Different) check).expected()).contains(many.get(i).root().base64());
        assertThat(((LogCheck.Different) check).found()).contains(lie.root().base64());
      }
    }
  }

  @Test
  void theFirstDifferenceIsSaidExactly() throws IOException {
    try (LogReader reader = new LogReader(publicDisk)) {
      ChangedLeafHashes changed = new ChangedLeafHashes(reader);
      changed.positions.addAll(List.of(300L, 60_000L));
      Hash expected = Hash.read(reader.tile(new Tile(0, 1, 256)), 44 * Hash.BYTES);
      Hash found = Hash.read(changed.tile(new Tile(0, 1, 256)), 44 * Hash.BYTES);
      assertThat(check(changed, Optional.empty()))
          .isEqualTo(
              new LogCheck.Different(
                  LogCheck.Kind.HASH_DIFFERS,
                  300,
                  "tile/0/001 hash 44",
                  expected.hex(),
                  found.hex()));
    }
  }

  @Test
  void aCosignedCheckpointIsCheckedWhereThereIsOne() throws IOException {
    publicDisk.replace(LogSource.COSIGNED, key.checkpoint(earlier));
    try (LogReader reader = new LogReader(publicDisk)) {
      assertThat(checker(reader).check())
          .isInstanceOfSatisfying(
              LogCheck.Sound.class, sound -> assertThat(sound.checkpointsExtended()).isEqualTo(1));
      differs(
          checker(reader).cosigned(note -> Optional.of("no quorum")).check(),
          LogCheck.Kind.COSIGNED_INVALID,
          0);
      publicDisk.replace(
          LogSource.COSIGNED, key.checkpoint(new Checkpoint(ORIGIN, 6000, Hash.sha256())));
      differs(checker(reader).check(), LogCheck.Kind.NOT_CONSISTENT, 0);
      publicDisk.replace(LogSource.COSIGNED, new TestKey(ORIGIN).checkpoint(earlier));
      differs(checker(reader).check(), LogCheck.Kind.COSIGNED_INVALID, 0);
    }
  }

  private LogChecker checker(LogSource source) {
    return new LogChecker(
        source, key.key(), Optional.empty(), Optional.empty(), (entries, total) -> {});
  }

  @Test
  void aDamagedRecordIsFound() throws IOException {
    String first = SegmentFormat.name(0);
    journalDisk.flip(first, 5000 * 8);
    differs(check(), LogCheck.Kind.RECORD_DAMAGED, 0);
    journalDisk.flip(first, 5000 * 8);
    assertThat(check()).isInstanceOf(LogCheck.Sound.class);
  }

  @Test
  void overHttpTheSameIsFound() throws IOException {
    LogReader reader = new LogReader(publicDisk);
    ChangedLeafHashes served = new ChangedLeafHashes(reader);
    try (reader;
        LogServer server = new LogServer(served);
        HttpClient client = HttpClient.newHttpClient()) {
      HttpLogSource source = new HttpLogSource(client, server.url(), UnaryOperator.identity());
      assertThat(check(source, Optional.of(earlier))).isInstanceOf(LogCheck.Sound.class);

      server.gzip = true;
      assertThat(check(source, Optional.of(earlier))).isInstanceOf(LogCheck.Sound.class);
      server.gzip = false;

      served.positions.add(40_000L);
      differs(check(source, Optional.empty()), LogCheck.Kind.HASH_DIFFERS, 40_000);
      served.positions.clear();

      server.broken = "tile/0/005";
      assertThatThrownBy(() -> check(source, Optional.empty()))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("500");
      assertThatThrownBy(() -> source.tile(new Tile(0, 5000, 256)))
          .isInstanceOf(MissingTileException.class);
    }
  }

  private void grow(int entries) throws IOException {
    try (Log log =
        Log.open(
            journalDisk,
            publicDisk,
            new JournalOptions(8 << 20, 0),
            key,
            () -> Instant.ofEpochSecond(2),
            new Random(4))) {
      List<TestSubmission> batch = new ArrayList<>();
      for (int i = 0; i < entries; i++) {
        batch.add(new TestSubmission("later" + i));
      }
      log.sequence(batch);
      log.checkpoint();
    }
  }

  private static void sound(LogCheck check, long size, long records) {
    assertThat(check)
        .isInstanceOfSatisfying(
            LogCheck.Sound.class,
            sound -> {
              assertThat(sound.checkpoint().size()).isEqualTo(size);
              assertThat(sound.recordsChecked()).isEqualTo(records);
            });
  }

  @Test
  void askedAgainItTakesWhatIsNew() throws IOException {
    try (LogReader reader = new LogReader(publicDisk)) {
      LogChecker following =
          new LogChecker(
              reader,
              key.key(),
              Optional.empty(),
              Optional.of(journalDisk),
              (entries, total) -> {});
      sound(following.check(), ENTRIES, ENTRIES);
      sound(following.check(), ENTRIES, 0);
      long wholeBundles = ENTRIES / Tile.FULL_WIDTH * Tile.FULL_WIDTH;
      long size = ENTRIES;
      for (int more : new int[] {1, 47, 208, 256, 4096, 62_000}) {
        grow(more);
        size += more;
        sound(following.check(), size, size - wholeBundles);
        wholeBundles = size / Tile.FULL_WIDTH * Tile.FULL_WIDTH;
      }
      // An older checkpoint wants the entries before it once more.
      sound(following.extending(List.of(earlier)).check(), size, size);
      sound(check(reader, Optional.of(earlier)), size, size);
      publicDisk.replace(LogSource.COSIGNED, key.checkpoint(earlier));
      sound(following.check(), size, 0);
    }
  }

  @Test
  void askedAgainItFindsWhatIsWrongWithWhatIsNew() throws IOException {
    byte[] before = publicDisk.read(Checkpointer.FILE, 1000);
    try (LogReader reader = new LogReader(publicDisk)) {
      LogChecker following = checker(reader);
      assertThat(following.check()).isInstanceOf(LogCheck.Sound.class);
      grow(1000);
      byte[] after = publicDisk.read(Checkpointer.FILE, 1000);
      long size = ENTRIES + 1000;

      // An entry of the last bundle that the first check covered; one that is new; the tile above.
      for (long position : new long[] {ENTRIES - 1, ENTRIES + 900}) {
        publicDisk.flip(TileStore.DIGESTS, position * Hash.BYTES * 8);
        assertThat(following.check()).isInstanceOf(LogCheck.Different.class);
        publicDisk.flip(TileStore.DIGESTS, position * Hash.BYTES * 8);
      }
      publicDisk.flip("level-1", 257L * Hash.BYTES * 8);
      differs(following.check(), LogCheck.Kind.HASH_DIFFERS, 257L * Tile.FULL_WIDTH);
      publicDisk.flip("level-1", 257L * Hash.BYTES * 8);
      assertThat(following.check()).isInstanceOf(LogCheck.Sound.class);

      publicDisk.replace(Checkpointer.FILE, before);
      differs(following.check(), LogCheck.Kind.NOT_CONSISTENT, ENTRIES);
      publicDisk.replace(
          Checkpointer.FILE, key.checkpoint(new Checkpoint(ORIGIN, size, Hash.sha256())));
      differs(following.check(), LogCheck.Kind.ROOT_DIFFERS, 0);
      publicDisk.replace(Checkpointer.FILE, after);
      assertThat(following.check()).isInstanceOf(LogCheck.Sound.class);

      // What was changed behind it a new one finds.
      publicDisk.flip("level-1", 3L * Hash.BYTES * 8);
      assertThat(following.check()).isInstanceOf(LogCheck.Sound.class);
      differs(checker(reader).check(), LogCheck.Kind.HASH_DIFFERS, 3L * Tile.FULL_WIDTH);
    }
  }

  /** A log of the same key: entries of one text, and from some position on of another. */
  private FaultyDisk forkedAt(int position, int size) throws IOException {
    Machine other = new Machine(new Random(9));
    FaultyDisk disk = other.disk("public");
    try (Log log =
        Log.open(
            other.disk("journal"),
            disk,
            new JournalOptions(1 << 20, 0),
            key,
            () -> Instant.ofEpochSecond(1),
            new Random(3))) {
      List<TestSubmission> batch = new ArrayList<>();
      for (int i = 0; i < size; i++) {
        batch.add(new TestSubmission((i < position ? "e" : "other") + i));
      }
      log.sequence(batch);
      log.checkpoint();
    }
    return disk;
  }

  /** A server that shows one log, and then another. */
  private static final class ShownLog implements LogSource {
    private LogReader shown;

    ShownLog(LogReader shown) {
      this.shown = shown;
    }

    @Override
    public byte[] checkpoint() throws IOException {
      return shown.checkpoint();
    }

    @Override
    public byte[] tile(Tile tile) throws IOException {
      return shown.tile(tile);
    }
  }

  @Test
  void askedAgainItFindsAnotherHistoryOfTheUnfinishedBundle() throws IOException {
    try (LogReader before = new LogReader(forkedAt(1010, 1000));
        LogReader grown = new LogReader(forkedAt(1010, 1010))) {
      ShownLog honest = new ShownLog(before);
      LogChecker following = following(honest);
      sound(following.check(), 1000, 0);
      honest.shown = grown;
      sound(following.check(), 1010, 0);
      for (int position : new int[] {999, 768}) {
        for (int size : new int[] {1010, 1300}) {
          ShownLog forked = new ShownLog(before);
          LogChecker fooled = following(forked);
          sound(fooled.check(), 1000, 0);
          try (LogReader other = new LogReader(forkedAt(position, size))) {
            forked.shown = other;
            differs(fooled.check(), LogCheck.Kind.NOT_CONSISTENT, 0);
          }
        }
      }
    }
  }

  private LogChecker following(LogSource source) {
    return new LogChecker(
        source, key.key(), Optional.empty(), Optional.empty(), (entries, total) -> {});
  }
}
