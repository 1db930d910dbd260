package dev.counterfoil.log;

import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.Hash;
import dev.counterfoil.format.Leaf;
import dev.counterfoil.format.MerkleFrontier;
import dev.counterfoil.format.TreeHasher;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads a whole log again and again, a little at a time: every record with its checksum, the tree
 * that the records make, and each stored hash and digest beside it. A bit that flipped anywhere
 * under the tree is found within one pass, and not when somebody wants the entry.
 *
 * <p>Whose word counts: the root that the running log has in memory. Where the records lead to it
 * the journal is right, and a stored hash that differs is written again. Where they do not, or a
 * checksum is wrong, the journal is damaged: that is reported with its place, and nothing is
 * written. {@link #step} belongs to one thread.
 */
public final class Scrubber {
  /** Records that one step reads, at most. */
  static final int STEP_RECORDS = 2048;

  /** Differing rows that are remembered in a pass; the next pass finds the rest. */
  static final int ROWS_MAX = 16_384;

  private static final System.Logger LOGGER = System.getLogger(Scrubber.class.getName());

  private final Disk publicDisk;
  private final JournalReader journal;
  private final Supplier<TreeState> tree;
  private final InstantSource clock;
  private final TreeHasher hasher = new TreeHasher();
  private final Map<String, TreeMap<Long, Hash>> differing = new LinkedHashMap<>();
  private MerkleFrontier frontier = new MerkleFrontier();
  private @Nullable TreeState goal;
  private int rows;
  private long firstDigest = -1;
  private volatile Progress progress = new Progress(0, 0, 0, Optional.empty(), Optional.empty(), 0);

  /**
   * A difference between what is stored and what was written.
   *
   * @param position the first entry that it touches
   * @param inJournal whether a record is damaged; else it was a stored hash, which is repaired
   * @param description where it is and what to do, for a person
   * @param at when it was found
   */
  public record Difference(long position, boolean inJournal, String description, Instant at) {}

  /**
   * How far the scrubber is.
   *
   * @param passes whole passes since the start
   * @param position entries of this pass that were read
   * @param size entries of this pass
   * @param completedAt when the last pass ended
   * @param difference the last one that was found; one in the journal stays until a pass finds none
   * @param repairedRows hashes that were written again since the start
   */
  public record Progress(
      long passes,
      long position,
      long size,
      Optional<Instant> completedAt,
      Optional<Difference> difference,
      long repairedRows) {}

  /**
   * A scrubber of a log that runs.
   *
   * @param publicDisk the log's public folder, which it repairs
   * @param journal of the log
   * @param tree of durable entries
   */
  public Scrubber(
      Disk publicDisk, JournalReader journal, Supplier<TreeState> tree, InstantSource clock) {
    this.publicDisk = publicDisk;
    this.journal = journal;
    this.tree = tree;
    this.clock = clock;
  }

  /** How far it is. By any thread. */
  public Progress progress() {
    return progress;
  }

  /**
   * Reads the next records.
   *
   * @return bytes that were read; 0 when the pass has ended and the next step begins another
   * @throws IOException when something could not be read at all, which says nothing about it
   */
  public long step() throws IOException {
    TreeState to = goal;
    if (to == null) {
      to = tree.get();
      begin(to);
    }
    long from = frontier.size();
    if (from == to.size()) {
      complete(to);
      return 0;
    }
    try {
      long bytes = read(from, Math.min(to.size(), from + STEP_RECORDS));
      progress = at(frontier.size(), to.size(), progress.difference);
      return bytes;
    } catch (LogDamagedException e) {
      found(
          new Difference(
              frontier.size(),
              true,
              "the journal is damaged: " + e.getMessage() + ". See docs/cosigning.md, Repair",
              clock.instant()));
      goal = null;
      return 0;
    }
  }

  private void begin(TreeState to) {
    goal = to;
    frontier = new MerkleFrontier();
    differing.clear();
    rows = 0;
    firstDigest = -1;
  }

  private Progress at(long position, long size, Optional<Difference> difference) {
    Progress last = progress;
    return new Progress(
        last.passes, position, size, last.completedAt, difference, last.repairedRows);
  }

  private long read(long from, long to) throws IOException {
    long[] bytes = {0};
    List<Hash> digests = new ArrayList<>();
    // By stored tree level: the rows that these records complete, which follow one another.
    Map<Integer, TreeMap<Long, Hash>> completed = new TreeMap<>();
    journal.scan(
        from,
        to,
        (position, payload) -> {
          Leaf leaf = leaf(position, payload);
          bytes[0] += payload.length;
          digests.add(leaf.digest());
          frontier.append(
              leaf.hash(hasher),
              (level, index, hash) -> {
                if (TileStore.isStored(TileStore.LeafRows.DIGESTS, level)) {
                  completed.computeIfAbsent(level, key -> new TreeMap<>()).put(index, hash);
                }
              });
        });
    bytes[0] += compare(TileStore.DIGESTS, from, digests);
    for (Map.Entry<Integer, TreeMap<Long, Hash>> level : completed.entrySet()) {
      TreeMap<Long, Hash> made = level.getValue();
      bytes[0] +=
          compare(TileStore.name(level.getKey()), made.firstKey(), List.copyOf(made.values()));
    }
    return bytes[0];
  }

  private static Leaf leaf(long position, byte[] payload) {
    try {
      LogEntry entry = LogEntry.parse(payload);
      if (entry.position() == position) {
        return entry.leaf();
      }
    } catch (FormatException e) {
      throw new LogDamagedException("record " + position + " is " + e.getMessage(), e);
    }
    throw new LogDamagedException("record " + position + " says that it has another position");
  }

  /** Notes the rows of a file that are not what the records make. */
  private long compare(String name, long first, List<Hash> right) throws IOException {
    byte[] stored = new byte[right.size() * Hash.BYTES];
    int read = 0;
    try (DiskFile file = publicDisk.openToRead(name)) {
      read = Math.max(0, file.read(ByteBuffer.wrap(stored), first * Hash.BYTES));
    } catch (NoSuchFileException e) {
      // All of its rows differ.
      LOGGER.log(System.Logger.Level.WARNING, "{0} in {1} is missing", name, publicDisk);
    }
    for (int i = 0; i < right.size(); i++) {
      boolean same =
          (i + 1) * Hash.BYTES <= read && Hash.read(stored, i * Hash.BYTES).equals(right.get(i));
      if (!same && rows < ROWS_MAX) {
        rows++;
        differing.computeIfAbsent(name, key -> new TreeMap<>()).put(first + i, right.get(i));
        if (name.equals(TileStore.DIGESTS) && firstDigest < 0) {
          firstDigest = first + i;
        }
      }
    }
    return stored.length;
  }

  private void complete(TreeState to) throws IOException {
    goal = null;
    if (!frontier.root().equals(to.root())) {
      found(
          new Difference(
              Math.max(0, firstDigest),
              true,
              "the records from %d on do not lead to the log's root at %d: the journal was changed. See docs/cosigning.md, Repair"
                  .formatted(Math.max(0, firstDigest), to.size()),
              clock.instant()));
      return;
    }
    Optional<Difference> difference = progress.difference.filter(found -> !found.inJournal);
    if (!differing.isEmpty()) {
      difference = Optional.of(repair());
    }
    Progress last = progress;
    progress =
        new Progress(
            last.passes + 1,
            to.size(),
            to.size(),
            Optional.of(clock.instant()),
            difference,
            last.repairedRows + rows);
  }

  private Difference repair() throws IOException {
    Map.Entry<String, TreeMap<Long, Hash>> first = differing.entrySet().iterator().next();
    for (Map.Entry<String, TreeMap<Long, Hash>> file : differing.entrySet()) {
      try (DiskFile open = publicDisk.openOrCreate(file.getKey())) {
        for (Map.Entry<Long, Hash> row : file.getValue().entrySet()) {
          open.write(ByteBuffer.wrap(row.getValue().bytes()), row.getKey() * Hash.BYTES);
        }
        open.sync();
      }
    }
    long row = first.getValue().firstKey();
    Difference difference =
        new Difference(
            firstDigest >= 0 ? firstDigest : position(first.getKey(), row),
            false,
            "row %d of %s in %s was changed, %d rows in all: written again from the journal"
                .formatted(row, first.getKey(), publicDisk, rows),
            clock.instant());
    LOGGER.log(System.Logger.Level.ERROR, difference.description);
    return difference;
  }

  private static long position(String name, long row) {
    int number = Integer.parseInt(name.substring(name.indexOf('-') + 1));
    return row << (name.equals(TileStore.name(number)) ? number : 8 * number);
  }

  private void found(Difference difference) {
    boolean known =
        progress.difference.filter(d -> d.description.equals(difference.description)).isPresent();
    if (!known) {
      LOGGER.log(System.Logger.Level.ERROR, difference.description);
      progress = at(difference.position, progress.size, Optional.of(difference));
    }
  }
}
