package dev.counterfoil.log;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.format.tree.MerkleFrontier;
import dev.counterfoil.format.tree.TreeHasher;
import dev.counterfoil.log.checkpoint.Checkpointer;
import dev.counterfoil.log.checkpoint.Level;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.LogDamagedException;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.log.journal.JournalReader;
import dev.counterfoil.log.journal.RecordJournal;
import dev.counterfoil.log.record.LogEntry;
import dev.counterfoil.log.tiles.FrontierMark;
import dev.counterfoil.log.tiles.LeafDigester;
import dev.counterfoil.log.tiles.TileStore;
import dev.counterfoil.log.tiles.TreeState;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * A whole log that somebody else drives step by step; {@link RunningLog} drives one with threads.
 *
 * <p>The journal's folder holds segments, {@code frontier} and, at a log's end, {@code sealed}; the
 * public folder holds {@code checkpoint}, {@code digests} and {@code level-N}. {@link #open} is the
 * recovery: it runs at every start.
 */
public final class Log implements AutoCloseable {
  public static final String SEALED = "sealed";
  private static final int SEALED_BYTES_MAX = 32;
  private static final int READ_AT_ONCE = 4096;

  private final Disk journalDisk;
  private final Disk publicDisk;
  private final RecordJournal journal;
  private final TileStore tiles;
  private final Sequencer sequencer;
  private final Checkpointer checkpointer;
  private final Levels levels;
  private long markedSize;

  Log(
      Disk journalDisk,
      Disk publicDisk,
      RecordJournal journal,
      TileStore tiles,
      Sequencer sequencer,
      Checkpointer checkpointer,
      Levels levels,
      long markedSize) {
    this.journalDisk = journalDisk;
    this.publicDisk = publicDisk;
    this.journal = journal;
    this.tiles = tiles;
    this.sequencer = sequencer;
    this.checkpointer = checkpointer;
    this.levels = levels;
    this.markedSize = markedSize;
  }

  /** Opens a log with the usual bounds of waiting for a level; see the other. */
  public static Log open(
      Disk journalDisk,
      Disk publicDisk,
      JournalOptions options,
      NoteSigner signer,
      InstantSource clock,
      RandomGenerator random)
      throws IOException {
    Levels levels = new Levels(Levels.Options.DEFAULT, System::nanoTime);
    return open(journalDisk, publicDisk, options, signer, clock, random, levels);
  }

  /**
   * Opens a log, new when the folders are empty; completes what a crash left.
   *
   * @param journalDisk the private folder
   * @param publicDisk the folder for readers
   * @param signer the log's key; its name is the log's origin
   * @param random source of the journal's seeds
   * @param levels of this log alone
   * @throws Disk.FolderInUseException when another process has the journal
   * @throws LogDamagedException when the log must not go on: records are damaged or missing, or the
   *     published checkpoint is not one of this journal
   */
  public static Log open(
      Disk journalDisk,
      Disk publicDisk,
      JournalOptions options,
      NoteSigner signer,
      InstantSource clock,
      RandomGenerator random,
      Levels levels)
      throws IOException {
    Recovery recovery = Recovery.read(journalDisk, publicDisk, signer);
    RecordJournal journal =
        RecordJournal.open(
            journalDisk, signer.key().name(), options, random, recovery.recordsMin());
    boolean isOpen = false;
    try {
      Log log = recovery.complete(journal, clock, levels);
      isOpen = true;
      return log;
    } finally {
      if (!isOpen) {
        journal.close();
      }
    }
  }

  /** Takes entries; see {@link Sequencer#step}. On the sequencer's thread. */
  public void sequence(List<? extends Submission> waiting) {
    sequencer.step(waiting);
  }

  /** Signs and publishes a checkpoint when the tree grew; see {@link Checkpointer#step}. */
  public boolean checkpoint() throws IOException {
    if (!checkpointer.step()) {
      return false;
    }
    levels.raise(Level.CHECKPOINTED, checkpointer.lastSize());
    return true;
  }

  /**
   * Says that the first so many entries are safe at a level; a smaller size than before changes
   * nothing. By any thread.
   *
   * @throws IllegalArgumentException when there are not so many durable entries, which whoever
   *     heard of them elsewhere must have found out before
   */
  public void raise(Level level, long size) {
    if (level == Level.DURABLE || size > tree().size()) {
      throw new IllegalArgumentException(
          "%s cannot be raised to %d of %d".formatted(level, size, tree().size()));
    }
    levels.raise(level, size);
  }

  /** Number of entries that are safe at a level. By any thread. */
  public long size(Level level) {
    return level == Level.DURABLE ? tree().size() : levels.size(level);
  }

  /** The entries that wait for a level. */
  Levels levels() {
    return levels;
  }

  /**
   * Looks whether journal and public folder are in place, and what was recorded last can be read
   * back; see {@link Disk#requireInPlace} and {@link RecordJournal#requireReadBack}. By any thread.
   */
  public void requireInPlace() throws IOException {
    journal.requireInPlace();
    journal.requireReadBack();
    publicDisk.requireInPlace(Optional.empty());
  }

  /**
   * What need not happen while an entry waits: allocates the next segment, makes tiles durable, and
   * notes from where the next start goes on. On a thread of its own.
   */
  public void housekeep() throws IOException {
    journal.prepareNext();
    FrontierMark mark = sequencer.mark();
    if (mark.size() - markedSize >= FrontierMark.DISTANCE) {
      keep(mark);
    }
  }

  private synchronized void keep(FrontierMark mark) throws IOException {
    tiles.sync();
    if (mark.size() < markedSize) {
      return;
    }
    journalDisk.replace(FrontierMark.FILE, mark.encode());
    markedSize = mark.size();
  }

  /**
   * Ends the segment that is written, so that {@link #giveBack} can have it. On the sequencer's
   * thread, between two steps.
   */
  public void rollOver() throws IOException {
    journal.rollOver();
  }

  /**
   * Removes whole segments of the journal's beginning, which others hold. Leaves, tiles and proofs
   * stay; the counterfoils go for good. Each record is read once more and must be the one of its
   * leaf. On one thread, beside the others.
   *
   * @param upTo the first record that is kept, at the least
   * @return the first record that there is now
   * @throws LogDamagedException when records and leaves do not agree: nothing is removed
   */
  public long giveBack(long upTo) throws IOException {
    FrontierMark begin = FrontierMark.begin(journalDisk);
    long boundary = journal.boundaryUpTo(Math.min(upTo, tree().size()));
    if (boundary <= begin.size()) {
      return begin.size();
    }
    FrontierMark after = readToGiveBack(begin, boundary);
    if (!after.root().equals(Recovery.resume(tiles, boundary).root())) {
      throw notTheTree(boundary);
    }
    // The tiles are durable, and the next start goes on from no earlier, before a segment goes.
    keep(after);
    journal.giveBack(after);
    return boundary;
  }

  /** Reads records for the last time: the digests alone will stand for them. */
  private FrontierMark readToGiveBack(FrontierMark begin, long boundary) throws IOException {
    MerkleFrontier made = begin.frontier();
    TreeHasher hasher = new TreeHasher();
    LeafDigester digester = new LeafDigester();
    while (made.size() < boundary) {
      long from = made.size();
      int count = (int) Math.min(READ_AT_ONCE, boundary - from);
      byte[] digests = tiles.digests(from, count);
      journal
          .reader()
          .scanInPlace(
              from,
              from + count,
              (position, payload) -> {
                Leaf leaf = new Leaf(digester.digestAt(position, payload));
                int at = (int) (position - from) * Hash.BYTES;
                if (at + Hash.BYTES > digests.length
                    || !Hash.read(digests, at).equals(leaf.digest())) {
                  throw notTheTree(boundary);
                }
                made.append(leaf.hash(hasher));
              });
    }
    return new FrontierMark(boundary, made.roots());
  }

  private LogDamagedException notTheTree(long boundary) {
    return new LogDamagedException(
        "the records before %d in %s do not make the tree that the public folder has: none is given back; see counterfoil log check"
            .formatted(boundary, journalDisk));
  }

  /**
   * Ends the log for good: when this returns, every later entry is refused, also after a restart.
   * On the sequencer's thread.
   */
  public void seal() throws IOException {
    sequencer.seal();
    String text = journal.size() + "\n";
    journalDisk.replace(SEALED, text.getBytes(StandardCharsets.US_ASCII));
  }

  /** Whether the log has ended. */
  public boolean isSealed() {
    return sequencer.isSealed();
  }

  /** The tree over all durable entries. */
  public TreeState tree() {
    return sequencer.tree();
  }

  /** The trees after the last batches. By any thread. */
  public RecentTrees recentTrees() {
    return sequencer.recent();
  }

  /** First record of the segment that is written; the size where none is. */
  long segmentBegin() {
    return journal.segmentBegin();
  }

  /** Publishes checkpoints; gives the last one. */
  public Checkpointer checkpointer() {
    return checkpointer;
  }

  /** Reads the records: each is a {@link LogEntry}. */
  public JournalReader journal() {
    return journal.reader();
  }

  /** Whether a segment is ready for when the present one is used up. */
  public boolean isNextSegmentReady() {
    return journal.hasSpare();
  }

  /** Closes the log after all its steps have ended, so that the next start has little to do. */
  @Override
  public void close() throws IOException {
    try (journal;
        tiles) {
      keep(sequencer.markNow());
    }
  }

  /** Closes the files only, after a failure: nothing more is written. */
  void abandon() throws IOException {
    try (journal;
        tiles) {
      // Nothing to write.
    }
  }

  static boolean readSealed(Disk journalDisk, long journalSize) throws IOException {
    byte[] content;
    try {
      content = journalDisk.read(SEALED, SEALED_BYTES_MAX);
    } catch (NoSuchFileException e) {
      return false;
    }
    if (!new String(content, StandardCharsets.US_ASCII).equals(journalSize + "\n")) {
      throw new LogDamagedException(
          "the log in %s was sealed at another size than the %d records it has: restore it from a copy"
              .formatted(journalDisk, journalSize));
    }
    return true;
  }
}
