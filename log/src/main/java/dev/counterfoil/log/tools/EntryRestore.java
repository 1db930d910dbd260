package dev.counterfoil.log.tools;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keylog.EntryBundle;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.Extension;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.tree.MerkleFrontier;
import dev.counterfoil.format.tree.Tile;
import dev.counterfoil.format.tree.TreeHasher;
import dev.counterfoil.log.EntryLog;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.LogDamagedException;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.log.journal.RecordJournal;
import dev.counterfoil.log.read.LogSource;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * Gives the journal of an {@link EntryLog} back what it lost, from somebody's copy of the log. Only
 * what the log's key signed is taken: the copy's entries have to lead to its checkpoint, to begin
 * with all that the journal has, and to pass through every checkpoint that others saw. Then the
 * rest of them is made durable, and the log opens as if it had never lost it.
 *
 * <p>Nothing is written before all of that was seen. What a crash leaves is a journal with some of
 * the entries; the same call again adds the others.
 */
public final class EntryRestore {
  /** Most that is restored at one time, in bytes of entries. */
  static final long BYTES_MAX = 512L << 20;

  /** Says whether an entry may stand where it stands. */
  @FunctionalInterface
  public interface EntryCheck {
    void check(long index, byte[] entry) throws FormatException;
  }

  /** The copy ends before what somebody saw of the log, or has another history than that. */
  public static final class NotAsSeenException extends LogDamagedException {
    private static final long serialVersionUID = 1L;

    NotAsSeenException(String message) {
      super(message);
    }
  }

  /**
   * What was done.
   *
   * @param had entries of the journal before
   * @param size entries that it has now
   */
  public record Restored(long had, long size) {}

  private final LogSource copy;
  private final NoteKey key;
  private final List<Checkpoint> claimed;
  private final TreeMap<Long, Checkpoint> seen = new TreeMap<>();
  private final EntryCheck check;

  /**
   * A copy to restore from.
   *
   * @param key of the log
   * @param seen checkpoints of the log that others hold, and that it has to extend
   */
  public EntryRestore(LogSource copy, NoteKey key, List<Checkpoint> seen, EntryCheck check) {
    this.copy = copy;
    this.key = key;
    this.check = check;
    this.claimed = List.copyOf(seen);
  }

  /**
   * Restores a journal that nobody uses.
   *
   * @throws NotAsSeenException when the copy ends before what somebody saw of the log, or is
   *     another history than that; nothing was written
   * @throws LogDamagedException when the copy is not the log's, has nothing to give, or is another
   *     history than the journal has, or when those who saw the log saw two; nothing was written
   * @throws Disk.FolderInUseException when another process has the journal
   */
  public Restored into(Disk journalDisk, JournalOptions options, RandomGenerator random)
      throws IOException {
    try {
      return into(Checkpoint.verify(copy.checkpoint(), key), journalDisk, options, random);
    } catch (FormatException e) {
      throw new LogDamagedException("the copy's checkpoint is no good: " + e.getMessage(), e);
    }
  }

  /**
   * The same of a log whose size and root somebody else's signature vouches for.
   *
   * @param end to which the copy's entries have to lead
   */
  public Restored into(
      Checkpoint end, Disk journalDisk, JournalOptions options, RandomGenerator random)
      throws IOException {
    compareHolders();
    if (!seen.isEmpty() && Extension.judge(seen.lastEntry().getValue(), end) == Extension.OLDER) {
      throw new NotAsSeenException(
          "the copy ends at entry %d, and somebody saw %d: take another holder's"
              .formatted(end.size(), seen.lastKey()));
    }
    try (RecordJournal journal = RecordJournal.open(journalDisk, key.name(), options, random)) {
      long had = journal.size();
      if (had > end.size()) {
        throw new LogDamagedException(
            "the journal has %d entries and the copy %d: there is nothing to restore from it"
                .formatted(had, end.size()));
      }
      add(missing(journal, end), journal);
      return new Restored(had, journal.size());
    }
  }

  /** Of two who contradict each other none is believed before the other. */
  private void compareHolders() throws LogDamagedException {
    for (Checkpoint one : claimed) {
      Checkpoint other = seen.putIfAbsent(one.size(), one);
      if (other != null && Extension.judge(other, one) == Extension.FORKED) {
        throw new LogDamagedException(
            "two holders saw different roots at size %d: there are two histories of this log, and which is right nobody can tell from a copy"
                .formatted(one.size()));
      }
    }
  }

  /** The entries past the journal's, when all of the copy is what it has to be. */
  private List<byte[]> missing(RecordJournal journal, Checkpoint end) throws IOException {
    List<byte[]> missing = new ArrayList<>();
    long bytes = 0;
    MerkleFrontier frontier = new MerkleFrontier();
    TreeHasher hasher = new TreeHasher();
    while (frontier.size() < end.size()) {
      long first = frontier.size();
      List<byte[]> entries = bundle(first, end.size());
      compare(journal, first, entries);
      for (byte[] entry : entries) {
        long index = frontier.size();
        try {
          check.check(index, entry);
        } catch (FormatException e) {
          throw new LogDamagedException(
              "entry " + index + " of the copy is not taken: " + e.getMessage(), e);
        }
        frontier.append(hasher.leaf(entry));
        if (index >= journal.size()) {
          bytes += entry.length;
          if (bytes > BYTES_MAX) {
            throw new LogDamagedException("more is missing than is restored at one time");
          }
          missing.add(entry);
        }
        Checkpoint theirs = seen.get(frontier.size());
        if (theirs != null
            && Extension.judge(
                    theirs, new Checkpoint(theirs.origin(), frontier.size(), frontier.root()))
                == Extension.FORKED) {
          throw new NotAsSeenException(
              "the copy has another root at size %d than somebody saw: there are two histories of this log"
                  .formatted(theirs.size()));
        }
      }
    }
    if (!frontier.root().equals(end.root())) {
      throw new LogDamagedException(
          "the copy's entries do not lead to its checkpoint of size " + end.size());
    }
    return missing;
  }

  private List<byte[]> bundle(long first, long size) throws IOException {
    Tile tile = Tile.of(Tile.ENTRIES, first / Tile.FULL_WIDTH, size);
    try {
      return EntryBundle.parse(copy.tile(tile), tile.width());
    } catch (FormatException e) {
      throw new LogDamagedException("the copy's " + tile.path() + " is no bundle", e);
    }
  }

  private static void compare(RecordJournal journal, long first, List<byte[]> entries)
      throws IOException {
    long until = Math.min(journal.size(), first + entries.size());
    if (first >= until) {
      return;
    }
    journal
        .reader()
        .scan(
            first,
            until,
            (index, ours) -> {
              if (!Arrays.equals(ours, entries.get((int) (index - first)))) {
                throw new LogDamagedException(
                    "the journal has another entry %d than the copy: there are two histories of this log"
                        .formatted(index));
              }
            });
  }

  private static void add(List<byte[]> entries, RecordJournal journal) throws IOException {
    for (byte[] entry : entries) {
      if (!journal.fits(entry.length)) {
        commit(journal);
      }
      journal.add(entry);
    }
    commit(journal);
  }

  private static void commit(RecordJournal journal) throws IOException {
    if (!journal.commit()) {
      throw new IOException("the journal's disk is full: make room, then restore again");
    }
  }
}
