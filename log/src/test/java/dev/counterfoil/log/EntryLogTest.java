package dev.counterfoil.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keylog.EntryBundle;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.tree.MerkleFrontier;
import dev.counterfoil.format.tree.Tile;
import dev.counterfoil.format.tree.TreeHasher;
import dev.counterfoil.log.care.Scrubber;
import dev.counterfoil.log.checkpoint.Checkpointer;
import dev.counterfoil.log.disk.FaultyDisk;
import dev.counterfoil.log.disk.LogDamagedException;
import dev.counterfoil.log.disk.LogFailedException;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.log.journal.SegmentFormat;
import dev.counterfoil.log.read.LogReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** A log whose entries stand in full: what its folder shows, and what crashes leave of it. */
class EntryLogTest {
  private static final String ORIGIN = "login.example/logs/keys";
  private static final JournalOptions OPTIONS = new JournalOptions(64L << 10, 0);

  private final TestKey key = new TestKey(ORIGIN);
  private final Machine machine = new Machine(new SplittableRandom(7));
  private final FaultyDisk journal = machine.disk("journal");
  private final FaultyDisk folder = machine.disk("public");

  private EntryLog open(RandomGenerator random) throws IOException {
    return EntryLog.open(journal, folder, OPTIONS, key, checkpoint -> List.of(), random);
  }

  private EntryLog open() throws IOException {
    return open(new SplittableRandom(1));
  }

  private static byte[] entry(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private List<String> shown() throws Exception {
    return shown(folder);
  }

  /** What a stranger reads in the folder, checked against the signed root. */
  private List<String> shown(FaultyDisk in) throws Exception {
    try (LogReader reader = new LogReader(in)) {
      Checkpoint checkpoint = Checkpoint.verify(reader.checkpoint(), key.key());
      MerkleFrontier frontier = new MerkleFrontier();
      TreeHasher hasher = new TreeHasher();
      List<String> entries = new ArrayList<>();
      for (long at = 0; at < checkpoint.size(); at += Tile.FULL_WIDTH) {
        Tile tile = Tile.of(Tile.ENTRIES, at / Tile.FULL_WIDTH, checkpoint.size());
        byte[] leaves = reader.tile(Tile.of(0, at / Tile.FULL_WIDTH, checkpoint.size()));
        int row = 0;
        for (byte[] entry : EntryBundle.parse(reader.tile(tile), tile.width())) {
          assertThat(Hash.read(leaves, row++ * Hash.BYTES)).isEqualTo(hasher.leaf(entry));
          frontier.append(hasher.leaf(entry));
          entries.add(new String(entry, StandardCharsets.UTF_8));
        }
      }
      assertThat(frontier.root()).isEqualTo(checkpoint.root());
      return entries;
    }
  }

  private static Scrubber.Progress pass(Scrubber scrubber) throws IOException {
    while (scrubber.step() > 0) {}
    return scrubber.progress();
  }

  @Test
  void theScrubberWritesAgainWhatReadersAreGiven() throws Exception {
    try (EntryLog log = open()) {
      for (int i = 0; i < 300; i++) {
        log.append(List.of(entry("entry " + i)));
      }
      Scrubber scrubber = log.scrubber(() -> java.time.Instant.ofEpochSecond(5));
      assertThat(pass(scrubber).difference()).isEmpty();
      List<String> right = shown();
      for (String file : List.of("entries", "offsets", "level-0", "level-1", "nodes-3")) {
        byte[] before = folder.seen(file).clone();
        folder.flip(file, 20 * 8);
        Scrubber.Progress done = pass(scrubber);
        assertThat(done.difference().orElseThrow().repaired()).as(file).isTrue();
        assertThat(folder.seen(file)).as(file).isEqualTo(before);
      }
      assertThat(pass(scrubber).repairedPlaces()).isEqualTo(5);
      assertThat(shown()).isEqualTo(right);
      journal.flip(SegmentFormat.name(0), 8 * 2000);
      assertThat(pass(scrubber).damage()).isPresent();
      journal.flip(SegmentFormat.name(0), 8 * 2000);
      assertThat(pass(scrubber).damage()).isEmpty();
    }
  }

  @Test
  void entriesOfAnyLengthStandInTheFolderOnceTheyAreAnswered() throws Exception {
    try (EntryLog log = open()) {
      List<String> wanted = new ArrayList<>();
      for (int i = 0; i < 600; i++) {
        String text = "entry " + i + " " + "x".repeat(i % 97);
        assertThat(log.append(List.of(entry(text)))).isEqualTo(EntryLog.Outcome.PUBLISHED);
        wanted.add(text);
      }
      assertThat(log.append(List.of(entry("one"), entry("and its other"))))
          .isEqualTo(EntryLog.Outcome.PUBLISHED);
      wanted.addAll(List.of("one", "and its other"));
      assertThat(shown()).isEqualTo(wanted);
      assertThatThrownBy(() -> log.append(List.of(new byte[EntryLog.ENTRY_BYTES_MAX + 1])))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> log.append(List.of(new byte[0])))
          .isInstanceOf(IllegalArgumentException.class);
      assertThat(shown()).isEqualTo(wanted);
    }
    try (EntryLog again = open()) {
      assertThat(again.size()).isEqualTo(602);
      assertThat(shown()).hasSize(602);
    }
  }

  /** Crashes of process and machine, and failing disks, from many seeds. */
  @Test
  void nothingThatWasAnsweredIsLostAndTheFolderIsAlwaysOneTree() throws Exception {
    int crashes = 0;
    for (int seed = 0; seed < 40; seed++) {
      crashes += new Life(seed).live();
    }
    assertThat(crashes).isGreaterThan(40);
  }

  /** One log through some crashes. */
  private final class Life {
    private final SplittableRandom random;
    private final Machine machine;
    private final FaultyDisk journal;
    private final FaultyDisk folder;
    private final List<String> answered = new ArrayList<>();
    private final List<String> tried = new ArrayList<>();

    Life(int seed) {
      random = new SplittableRandom(seed);
      machine = new Machine(random);
      journal = machine.disk("journal");
      folder = machine.disk("public");
    }

    int live() throws Exception {
      int crashes = 0;
      for (int start = 0; start < 4; start++) {
        boolean ends = run();
        crashes += ends ? 1 : 0;
        if (random.nextBoolean()) {
          machine.restartMachine();
        } else {
          machine.restartProcess();
        }
      }
      try (EntryLog log = EntryLog.open(journal, folder, OPTIONS, key, c -> List.of(), random)) {
        List<String> there = new ArrayList<>();
        log.scan((index, entry) -> there.add(new String(entry, StandardCharsets.UTF_8)));
        assertThat(there).containsSubsequence(answered);
        assertThat(tried).containsAll(there);
        assertThat(shown(folder)).isEqualTo(there);
      }
      return crashes;
    }

    /** Appends until the end or a crash; whether it crashed. */
    private boolean run() {
      try {
        EntryLog log = EntryLog.open(journal, folder, OPTIONS, key, c -> List.of(), random);
        if (random.nextBoolean()) {
          machine.crashWithin(60);
        } else {
          machine.failWithin(60);
        }
        for (int i = 0; i < 20; i++) {
          String text = "entry " + tried.size() + " " + "y".repeat(random.nextInt(3_000));
          tried.add(text);
          if (log.append(List.of(entry(text))) != EntryLog.Outcome.FULL) {
            answered.add(text);
          }
        }
        log.close();
        return false;
      } catch (Machine.CrashError | LogFailedException | IOException e) {
        return true;
      } finally {
        machine.healthy();
      }
    }
  }

  @Test
  void aCheckpointOfAnotherTreeOrKeyIsNotGoneOnWith() throws Exception {
    try (EntryLog log = open()) {
      log.append(List.of(entry("a"), entry("b")));
    }
    byte[] good = folder.read(Checkpointer.FILE, SignedNote.BYTES_MAX);
    for (byte[] other :
        List.of(
            key.checkpoint(new Checkpoint(ORIGIN, 2, Hash.sha256())),
            key.checkpoint(new Checkpoint(ORIGIN, 3, Hash.sha256())),
            new TestKey(ORIGIN).checkpoint(Checkpoint.verify(good, key.key())))) {
      folder.replace(Checkpointer.FILE, other);
      machine.restartProcess();
      assertThatThrownBy(this::open).isInstanceOf(LogDamagedException.class);
    }
    folder.replace(Checkpointer.FILE, good);
    machine.restartProcess();
    try (EntryLog log = open()) {
      assertThat(log.size()).isEqualTo(2);
    }
  }
}
