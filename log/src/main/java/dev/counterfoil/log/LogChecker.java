package dev.counterfoil.log;

import dev.counterfoil.format.Checkpoint;
import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.Hash;
import dev.counterfoil.format.Leaf;
import dev.counterfoil.format.MerkleFrontier;
import dev.counterfoil.format.NoteKey;
import dev.counterfoil.format.Tile;
import dev.counterfoil.format.TreeHasher;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The judge of a log, for operators and tests alike: takes nothing from the log but its entries,
 * makes every tile and root from them, and compares. Reports the first difference. One object
 * checks once.
 */
public final class LogChecker {
  private static final int ENTRY_BYTES = 2 + Leaf.ENTRY_BYTES;
  private static final int RECORDS_AHEAD = 8192;
  private static final int RECORDS_AHEAD_BYTES = 8 << 20;

  private final LogSource source;
  private final NoteKey logKey;
  private final Optional<Checkpoint> earlier;
  private final Optional<Disk> journalDisk;
  private final Progress progress;

  private final TreeHasher hasher = new TreeHasher();
  private final MerkleFrontier frontier = new MerkleFrontier();
  private final byte[][] rows = new byte[Tile.LEVEL_MAX + 1][Tile.FULL_BYTES];
  private final long[] counts = new long[Tile.LEVEL_MAX + 1];
  private List<byte[]> ahead = List.of();
  private long aheadFrom;

  /** Told from time to time how far the check came. */
  @FunctionalInterface
  public interface Progress {
    void checked(long entries, long total);
  }

  /** A difference, on its way out of the check. */
  private static final class DifferentException extends Exception {
    private static final long serialVersionUID = 1L;
    private final transient LogCheck.Different different;

    DifferentException(LogCheck.Kind kind, long position, Exception cause) {
      this(kind, position, String.valueOf(cause.getMessage()));
      initCause(cause);
    }

    DifferentException(LogCheck.Kind kind, long position, String description) {
      super(description);
      this.different = new LogCheck.Different(kind, position, description);
    }
  }

  /**
   * A check of one log.
   *
   * @param logKey key that must have signed the checkpoint; its name is the log's origin
   * @param earlier a checkpoint that was seen before and that the log must extend
   * @param journalDisk the journal's folder, to hold the counterfoils against the leaves
   */
  public LogChecker(
      LogSource source,
      NoteKey logKey,
      Optional<Checkpoint> earlier,
      Optional<Disk> journalDisk,
      Progress progress) {
    this.source = source;
    this.logKey = logKey;
    this.earlier = earlier;
    this.journalDisk = journalDisk;
    this.progress = progress;
  }

  /**
   * Checks the log up to its present checkpoint.
   *
   * @throws IOException when the log cannot be read, which says nothing about it
   */
  public LogCheck check() throws IOException {
    try {
      return checkAll();
    } catch (DifferentException e) {
      return e.different;
    }
  }

  private LogCheck checkAll() throws IOException, DifferentException {
    Checkpoint checkpoint = checkpoint();
    Optional<JournalReader> journal = Optional.empty();
    if (journalDisk.isPresent()) {
      // Opened after the checkpoint was read: it must hold at least what that covers.
      journal = Optional.of(openJournal(journalDisk.get(), checkpoint));
    }
    checkEarlier();
    while (frontier.size() < checkpoint.size()) {
      Tile bundle = Tile.of(Tile.ENTRIES, frontier.size() / Tile.FULL_WIDTH, checkpoint.size());
      long first = frontier.size();
      byte[] entries = entries(bundle, first);
      if (journal.isPresent()) {
        checkRecords(journal.get(), first, entries);
      }
      append(entries, first);
      progress.checked(frontier.size(), checkpoint.size());
    }
    for (int level = 0; level < rows.length; level++) {
      if (counts[level] % Tile.FULL_WIDTH != 0) {
        compareTile(level);
      }
    }
    if (!frontier.root().equals(checkpoint.root())) {
      throw new DifferentException(
          LogCheck.Kind.ROOT_DIFFERS,
          0,
          "the %d entries make the root %s, and the checkpoint says %s"
              .formatted(checkpoint.size(), frontier.root().base64(), checkpoint.root().base64()));
    }
    return new LogCheck.Sound(checkpoint, journal.isPresent() ? checkpoint.size() : 0);
  }

  private Checkpoint checkpoint() throws IOException, DifferentException {
    Checkpoint checkpoint;
    try {
      checkpoint = Checkpoint.verify(source.checkpoint(), logKey);
    } catch (FormatException e) {
      throw new DifferentException(LogCheck.Kind.CHECKPOINT_INVALID, 0, e);
    }
    if (earlier.isPresent() && earlier.get().size() > checkpoint.size()) {
      throw new DifferentException(
          LogCheck.Kind.NOT_CONSISTENT,
          checkpoint.size(),
          "the log went back from size %d to %d"
              .formatted(earlier.get().size(), checkpoint.size()));
    }
    return checkpoint;
  }

  private static JournalReader openJournal(Disk disk, Checkpoint checkpoint)
      throws IOException, DifferentException {
    JournalReader journal;
    try {
      journal = JournalReader.open(disk, checkpoint.origin());
    } catch (LogDamagedException e) {
      throw new DifferentException(LogCheck.Kind.RECORD_DAMAGED, 0, e);
    }
    if (journal.size() < checkpoint.size()) {
      throw new DifferentException(
          LogCheck.Kind.RECORD_MISSING,
          journal.size(),
          "the journal ends at %d, before the checkpoint's size %d"
              .formatted(journal.size(), checkpoint.size()));
    }
    return journal;
  }

  private byte[] entries(Tile bundle, long first) throws IOException, DifferentException {
    byte[] entries = fetch(bundle, first);
    boolean sound = entries.length == bundle.width() * ENTRY_BYTES;
    for (int at = 0; sound && at < entries.length; at += ENTRY_BYTES) {
      if (entries[at] != 0
          || entries[at + 1] != Leaf.ENTRY_BYTES
          || entries[at + 2] != Leaf.VERSION) {
        throw malformed(first + at / ENTRY_BYTES, bundle);
      }
    }
    if (!sound) {
      throw malformed(first, bundle);
    }
    return entries;
  }

  private static DifferentException malformed(long position, Tile bundle) {
    return new DifferentException(
        LogCheck.Kind.ENTRY_MALFORMED,
        position,
        bundle.path() + " is not " + bundle.width() + " leaves of version 1 and 33 bytes");
  }

  private byte[] fetch(Tile tile, long position) throws IOException, DifferentException {
    try {
      return source.tile(tile);
    } catch (MissingTileException e) {
      throw new DifferentException(LogCheck.Kind.TILE_MISSING, position, e);
    }
  }

  private static Hash digest(byte[] entries, int i) {
    return Hash.read(entries, i * ENTRY_BYTES + 3);
  }

  private void append(byte[] entries, long first) throws IOException, DifferentException {
    for (int i = 0; i < entries.length / ENTRY_BYTES; i++) {
      frontier.append(new Leaf(digest(entries, i)).hash(hasher), this::collect);
      for (int level = 0; level < rows.length && isFull(level, first + i + 1); level++) {
        compareTile(level);
      }
      checkEarlier();
    }
  }

  private void collect(int level, long index, Hash hash) {
    if (level % 8 == 0) {
      hash.write(rows[level / 8], (int) (index % Tile.FULL_WIDTH) * Hash.BYTES);
      counts[level / 8] = index + 1;
    }
  }

  /** Whether the last of a size's entries completed a tile of the level. */
  private static boolean isFull(int level, long size) {
    return Long.numberOfTrailingZeros(size) >= 8 * (level + 1);
  }

  /** Compares the tile of a level that was collected last with the log's. */
  private void compareTile(int level) throws IOException, DifferentException {
    long last = counts[level] - 1;
    Tile tile = new Tile(level, last / Tile.FULL_WIDTH, (int) (last % Tile.FULL_WIDTH) + 1);
    long start = tile.index() * Tile.FULL_WIDTH;
    byte[] served = fetch(tile, start << (8 * level));
    int bytes = tile.width() * Hash.BYTES;
    int mismatch = Arrays.mismatch(rows[level], 0, bytes, served, 0, served.length);
    if (mismatch >= 0) {
      long row = Math.min(mismatch, bytes - 1) / Hash.BYTES;
      throw new DifferentException(
          LogCheck.Kind.HASH_DIFFERS,
          (start + row) << (8 * level),
          served.length == bytes
              ? "hash %d of %s is not what the entries make".formatted(row, tile.path())
              : "%s has %d bytes, not %d".formatted(tile.path(), served.length, bytes));
    }
  }

  private void checkEarlier() throws DifferentException {
    if (earlier.isPresent()
        && earlier.get().size() == frontier.size()
        && !earlier.get().root().equals(frontier.root())) {
      throw new DifferentException(
          LogCheck.Kind.NOT_CONSISTENT,
          0,
          "at size %d the log had another root before".formatted(frontier.size()));
    }
  }

  private void checkRecords(JournalReader journal, long first, byte[] entries)
      throws IOException, DifferentException {
    for (int i = 0; i < entries.length / ENTRY_BYTES; i++) {
      checkRecord(record(journal, first + i), first + i, digest(entries, i));
    }
  }

  /** The record at a position; reads ahead, because a read costs about a batch. */
  private byte[] record(JournalReader journal, long position)
      throws IOException, DifferentException {
    if (position >= aheadFrom + ahead.size()) {
      try {
        ahead = journal.read(position, RECORDS_AHEAD, RECORDS_AHEAD_BYTES);
      } catch (LogDamagedException e) {
        throw new DifferentException(LogCheck.Kind.RECORD_DAMAGED, position, e);
      }
      aheadFrom = position;
    }
    return ahead.get((int) (position - aheadFrom));
  }

  private static void checkRecord(byte[] record, long position, Hash digest)
      throws DifferentException {
    LogEntry entry;
    try {
      entry = LogEntry.parse(record);
    } catch (FormatException e) {
      throw new DifferentException(LogCheck.Kind.RECORD_DAMAGED, position, e);
    }
    if (entry.position() != position || !entry.leaf().digest().equals(digest)) {
      throw new DifferentException(
          LogCheck.Kind.RECORD_DIFFERS,
          position,
          "the counterfoil at %d is not the one of its leaf".formatted(position));
    }
  }
}
