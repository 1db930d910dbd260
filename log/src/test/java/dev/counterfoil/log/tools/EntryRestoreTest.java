package dev.counterfoil.log.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.log.EntryLog;
import dev.counterfoil.log.Machine;
import dev.counterfoil.log.TestKey;
import dev.counterfoil.log.disk.FaultyDisk;
import dev.counterfoil.log.disk.LogDamagedException;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.log.journal.RecordJournal;
import dev.counterfoil.log.read.LogReader;
import dev.counterfoil.log.read.LogSource;
import dev.counterfoil.log.tools.EntryRestore.Restored;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What a journal lost comes back from a copy of the log, and from nothing else. */
class EntryRestoreTest {
  private static final String ORIGIN = "login.example/logs/keys";
  private static final JournalOptions OPTIONS = new JournalOptions(64L << 10, 0);
  private static final long KEPT = 300;
  private static final long SIZE = 700;

  private final TestKey key = new TestKey(ORIGIN);
  private final Machine machine = new Machine(new SplittableRandom(7));
  private final FaultyDisk journal = machine.disk("journal");
  private final FaultyDisk copied = machine.disk("copied");
  private final FaultyDisk copiedJournal = machine.disk("copied-journal");

  private static byte[] entry(long index) {
    return ("entry " + index).getBytes(StandardCharsets.UTF_8);
  }

  private EntryLog open(FaultyDisk journal, FaultyDisk folder) throws IOException {
    return EntryLog.open(
        journal, folder, OPTIONS, key, checkpoint -> List.of(), new SplittableRandom(1));
  }

  /** The log as somebody else has it, up to a size. */
  private LogReader copy(long size) throws IOException {
    fill(copiedJournal, copied, size, Optional.empty());
    return new LogReader(copied);
  }

  private void fill(FaultyDisk journal, FaultyDisk folder, long size, Optional<Long> another)
      throws IOException {
    try (EntryLog log = open(journal, folder)) {
      List<byte[]> entries = new ArrayList<>();
      for (long i = log.size(); i < size; i++) {
        long index = i;
        entries.add(entry(another.filter(at -> at <= index).isPresent() ? -i : i));
      }
      log.append(entries);
    }
  }

  private List<String> recorded() throws IOException {
    List<String> entries = new ArrayList<>();
    try (RecordJournal opened =
        RecordJournal.open(journal, ORIGIN, OPTIONS, new SplittableRandom(2))) {
      opened
          .reader()
          .scan(
              0,
              opened.size(),
              (index, payload) -> entries.add(new String(payload, StandardCharsets.UTF_8)));
    }
    return entries;
  }

  private Restored restore(LogSource from, NoteKey by, Checkpoint... seen) throws IOException {
    return new EntryRestore(from, by, List.of(seen), (index, entry) -> {})
        .into(journal, OPTIONS, new SplittableRandom(3));
  }

  private Checkpoint end(LogSource of) throws Exception {
    return Checkpoint.verify(of.checkpoint(), key.key());
  }

  private void refused(String why, LogSource from, NoteKey by, Checkpoint... seen)
      throws IOException {
    refused(LogDamagedException.class, why, from, by, seen);
  }

  private void refused(
      Class<? extends LogDamagedException> as,
      String why,
      LogSource from,
      NoteKey by,
      Checkpoint... seen)
      throws IOException {
    List<String> before = recorded();
    assertThatThrownBy(() -> restore(from, by, seen))
        .isExactlyInstanceOf(as)
        .hasMessageContaining(why);
    assertThat(recorded()).isEqualTo(before);
  }

  @Test
  void theLostEntriesComeBackAndTheLogGoesOn() throws Exception {
    fill(journal, machine.disk("public"), KEPT, Optional.empty());
    try (LogReader copy = copy(SIZE)) {
      assertThat(restore(copy, key.key(), end(copy))).isEqualTo(new Restored(KEPT, SIZE));
      assertThat(restore(copy, key.key(), end(copy))).isEqualTo(new Restored(SIZE, SIZE));
      try (EntryLog log = open(journal, machine.disk("public-again"))) {
        assertThat(log.tree().root()).isEqualTo(end(copy).root());
        assertThat(log.append(List.of(entry(SIZE)))).isEqualTo(EntryLog.Outcome.PUBLISHED);
      }
    }
    assertThat(recorded()).hasSize((int) SIZE + 1).endsWith("entry 700");
  }

  @Test
  void aJournalThatIsGoneComesBackWhole() throws Exception {
    try (LogReader copy = copy(SIZE)) {
      assertThat(restore(copy, key.key())).isEqualTo(new Restored(0, SIZE));
    }
    assertThat(recorded()).hasSize((int) SIZE);
  }

  @Test
  void anotherHistoryIsNotTaken() throws Exception {
    fill(journal, machine.disk("public"), KEPT, Optional.of(KEPT - 1));
    try (LogReader copy = copy(SIZE)) {
      refused("two histories", copy, key.key());
    }
  }

  @Test
  void whatSomebodySawHasToBeInIt() throws Exception {
    fill(journal, machine.disk("public"), KEPT, Optional.empty());
    try (LogReader copy = copy(SIZE)) {
      refused(
          EntryRestore.NotAsSeenException.class,
          "take another holder's",
          copy,
          key.key(),
          new Checkpoint(ORIGIN, SIZE + 1, Hash.sha256()));
      refused(
          EntryRestore.NotAsSeenException.class,
          "two histories",
          copy,
          key.key(),
          new Checkpoint(ORIGIN, 400, Hash.sha256()));
      assertThat(restore(copy, key.key(), end(copy)).size()).isEqualTo(SIZE);
    }
  }

  @Test
  void holdersWhoContradictEachOtherAreNotBelieved() throws Exception {
    fill(journal, machine.disk("public"), KEPT, Optional.empty());
    try (LogReader copy = copy(SIZE)) {
      Checkpoint right = end(copy);
      Checkpoint wrong = new Checkpoint(ORIGIN, SIZE, Hash.sha256());
      // The copy leads to one of them, whichever is named last.
      refused("two holders saw different roots at size 700", copy, key.key(), wrong, right);
      refused("two holders saw different roots at size 700", copy, key.key(), right, wrong);
      assertThat(restore(copy, key.key(), right, right).size()).isEqualTo(SIZE);
    }
  }

  @Test
  void aCopyOfAnotherKeyOrAnEntryThatMayNotStandThereIsNotTaken() throws Exception {
    fill(journal, machine.disk("public"), KEPT, Optional.empty());
    try (LogReader copy = copy(SIZE)) {
      refused("no good", copy, new TestKey("login.example/logs/other").key());
      assertThatThrownBy(
              () ->
                  new EntryRestore(
                          copy,
                          key.key(),
                          List.of(),
                          (index, entry) -> {
                            if (index == SIZE - 1) {
                              throw new FormatException("not there");
                            }
                          })
                      .into(journal, OPTIONS, new SplittableRandom(3)))
          .isInstanceOf(LogDamagedException.class)
          .hasMessageContaining("entry 699 of the copy is not taken: not there");
      assertThat(recorded()).hasSize((int) KEPT);
      // What was changed on the way does not lead to the signed root.
      copied.flip("entries", 8 * 5000);
      refused("", copy, key.key());
    }
  }

  @Test
  void aCopyThatIsShorterHasNothingToGive() throws Exception {
    fill(journal, machine.disk("public"), KEPT, Optional.empty());
    try (LogReader copy = copy(KEPT - 1)) {
      refused("nothing to restore", copy, key.key());
    }
  }

  @Test
  void aLogThatIsSilentSignsNoHeadUntilItIsTold() throws Exception {
    FaultyDisk folder = machine.disk("public");
    fill(journal, folder, KEPT, Optional.empty());
    byte[] before = folder.seen("checkpoint").clone();
    List<String> heads = new ArrayList<>();
    EntryLog.HeadLine line =
        checkpoint -> {
          heads.add(checkpoint.text());
          return List.of();
        };
    try (EntryLog silent =
        EntryLog.openSilent(journal, folder, OPTIONS, key, line, new SplittableRandom(1))) {
      assertThat(silent.size()).isEqualTo(KEPT);
      assertThat(heads).isEmpty();
      assertThat(folder.seen("checkpoint")).isEqualTo(before);
      assertThat(silent.publish()).isTrue();
      assertThat(heads).hasSize(1);
    }
    // Where nothing is published, others still have something to hold theirs against.
    heads.clear();
    FaultyDisk empty = machine.disk("public-again");
    try (EntryLog silent =
        EntryLog.openSilent(journal, empty, OPTIONS, key, line, new SplittableRandom(1))) {
      assertThat(silent.published()).isEmpty();
      assertThat(heads).isEmpty();
      assertThat(Checkpoint.verify(empty.seen("checkpoint"), key.key()).size()).isEqualTo(KEPT);
    }
  }
}
