package dev.counterfoil.log.care;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.format.tree.MerkleFrontier;
import dev.counterfoil.format.tree.TreeHasher;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.DiskFile;
import dev.counterfoil.log.disk.LogDamagedException;
import dev.counterfoil.log.disk.RecordsGivenBackException;
import dev.counterfoil.log.journal.JournalReader;
import dev.counterfoil.log.tiles.TileStore;
import dev.counterfoil.log.tiles.TreeState;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads a whole log again and again, a little at a time: what its leaves are made of with every
 * checksum, the tree that this makes, and each stored hash and digest beside it. A bit that flipped
 * anywhere under the tree is found within one pass, and not when somebody wants the entry.
 *
 * <p>Whose word counts: the root that the running log has in memory. Where the records lead to it
 * they are right, and a stored hash that differs is written again. Where they do not, or a checksum
 * is wrong, they are damaged: that is reported with its place, and nothing is written. Of records
 * that were given back the leaves must lead to what the journal says of its begin. {@link #step}
 * belongs to one thread.
 */
public final class Scrubber {
  /** Records that one step reads, at most. */
  static final int STEP_RECORDS = 2048;

  /** Differing places that are remembered in a pass; the next pass finds the rest. */
  static final int PLACES_MAX = 16_384;

  private static final System.Logger LOGGER = System.getLogger(Scrubber.class.getName());

  private final Disk disk;
  private final TileStore.LeafRows leafRows;
  private final HashedLeaves source;
  private final Supplier<TreeState> tree;
  private final InstantSource clock;
  private final TreeHasher hasher = new TreeHasher();
  private final Map<String, TreeMap<Long, byte[]>> differing = new LinkedHashMap<>();
  private MerkleFrontier frontier = new MerkleFrontier();
  private @Nullable TreeState goal;
  private TreeState begin = new TreeState(0, TreeHasher.EMPTY_ROOT);
  private int places;
  private long firstLeaf = -1;
  private volatile Progress progress = new Progress(0, 0, 0, Optional.empty(), Optional.empty(), 0);

  /**
   * A difference between what is stored and what was written.
   *
   * @param position the first entry that it touches
   * @param repaired whether what differed was written again; else something is lost here
   * @param description where it is and what to do, for a person
   * @param at when it was found
   */
  public record Difference(long position, boolean repaired, String description, Instant at) {}

  /**
   * How far the scrubber is.
   *
   * @param passes whole passes since the start
   * @param position entries of this pass that were read
   * @param size entries of this pass
   * @param completedAt when the last pass ended
   * @param difference the last one that was found; one that is not repaired stays until a pass
   *     finds none
   * @param repairedPlaces hashes and other pieces that were written again since the start
   */
  public record Progress(
      long passes,
      long position,
      long size,
      Optional<Instant> completedAt,
      Optional<Difference> difference,
      long repairedPlaces) {
    /** What was found and could not be repaired, for who must do something about it. */
    public Optional<Difference> damage() {
      return difference.filter(found -> !found.repaired);
    }
  }

  /**
   * A scrubber of a log of tokens, or of digests from outside, that runs.
   *
   * @param publicDisk the log's public folder, which it repairs
   * @param journal of the log
   * @param tree of durable entries
   */
  public Scrubber(
      Disk publicDisk, JournalReader journal, Supplier<TreeState> tree, InstantSource clock) {
    this(publicDisk, TileStore.LeafRows.DIGESTS, new JournalLeaves(journal), tree, clock);
  }

  /**
   * A scrubber of any folder of a log's hashes.
   *
   * @param disk the folder, which it repairs
   * @param leafRows what stands there for each leaf
   * @param source of the leaves
   * @param tree of durable entries
   */
  public Scrubber(
      Disk disk,
      TileStore.LeafRows leafRows,
      HashedLeaves source,
      Supplier<TreeState> tree,
      InstantSource clock) {
    this.disk = disk;
    this.leafRows = leafRows;
    this.source = source;
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
    // Where records begin the tree so far is held against what the journal says of it.
    long until = Math.min(to.size(), from + STEP_RECORDS);
    if (from < begin.size()) {
      until = Math.min(until, begin.size());
    }
    try {
      long bytes = read(from, until);
      progress = at(frontier.size(), to.size(), progress.difference);
      if (frontier.size() == begin.size() && !frontier.root().equals(begin.root())) {
        lost(
            "digests in %s below entry %d, where the journal begins, were changed"
                .formatted(disk, begin.size()));
        goal = null;
        return 0;
      }
      return bytes;
    } catch (RecordsGivenBackException e) {
      // The journal begins later by now: the next pass knows.
      goal = null;
      return 0;
    } catch (LogDamagedException e) {
      lost("what the log is made of is damaged: " + e.getMessage());
      goal = null;
      return 0;
    }
  }

  private void lost(String what) {
    found(
        new Difference(
            firstLeaf >= 0 ? firstLeaf : frontier.size(),
            false,
            what + ". See docs/operate/cosigning.md, Repair",
            clock.instant()));
  }

  private void begin(TreeState to) throws IOException {
    goal = to;
    begin = source.begin().orElse(new TreeState(0, TreeHasher.EMPTY_ROOT));
    frontier = new MerkleFrontier();
    differing.clear();
    places = 0;
    firstLeaf = -1;
  }

  private Progress at(long position, long size, Optional<Difference> difference) {
    Progress last = progress;
    return new Progress(
        last.passes, position, size, last.completedAt, difference, last.repairedPlaces);
  }

  private long read(long from, long to) throws IOException {
    Piece piece = new Piece();
    long bytes = from < begin.size() ? leavesAlone(from, to, piece) : source.scan(from, to, piece);
    if (from >= begin.size()) {
      bytes += compare(leafFile(), from, piece.leaves);
    }
    for (Map.Entry<Integer, TreeMap<Long, Hash>> level : piece.completed.entrySet()) {
      TreeMap<Long, Hash> made = level.getValue();
      bytes += compare(TileStore.name(level.getKey()), made.firstKey(), List.copyOf(made.values()));
    }
    return bytes;
  }

  private String leafFile() {
    return leafRows == TileStore.LeafRows.DIGESTS ? TileStore.DIGESTS : TileStore.name(0);
  }

  /** Leaves whose records were given back: the folder's own word, until their root is known. */
  private long leavesAlone(long from, long to, Piece piece) throws IOException {
    byte[] rows = new byte[(int) (to - from) * Hash.BYTES];
    try (DiskFile file = disk.openToRead(leafFile())) {
      if (file.read(ByteBuffer.wrap(rows), from * Hash.BYTES) != rows.length) {
        throw new LogDamagedException(leafFile() + " in " + disk + " is too short");
      }
    } catch (NoSuchFileException e) {
      throw new LogDamagedException(leafFile() + " in " + disk + " is missing", e);
    }
    for (int i = 0; i < to - from; i++) {
      piece.leaf(from + i, Hash.read(rows, i * Hash.BYTES));
    }
    return rows.length;
  }

  /** What some consecutive leaves make. */
  private final class Piece implements HashedLeaves.Derived {
    private final List<Hash> leaves = new ArrayList<>();

    /** By stored tree level: the rows that these leaves complete, which follow one another. */
    private final Map<Integer, TreeMap<Long, Hash>> completed = new TreeMap<>();

    @Override
    public void leaf(long position, Hash row) {
      leaves.add(row);
      frontier.append(
          leafRows == TileStore.LeafRows.DIGESTS ? new Leaf(row).hash(hasher) : row,
          (level, index, hash) -> {
            if (level > 0 && TileStore.isStored(leafRows, level)) {
              completed.computeIfAbsent(level, key -> new TreeMap<>()).put(index, hash);
            }
          });
    }

    @Override
    public void bytes(String file, long offset, byte[] right) throws IOException {
      byte[] stored = stored(file, offset, right.length);
      if (!Arrays.equals(stored, right)) {
        note(file, offset, right);
      }
    }
  }

  /** What stands in a file; shorter where the file ends. */
  private byte[] stored(String name, long offset, int length) throws IOException {
    byte[] stored = new byte[length];
    try (DiskFile file = disk.openToRead(name)) {
      int read = Math.max(0, file.read(ByteBuffer.wrap(stored), offset));
      return read == length ? stored : Arrays.copyOf(stored, read);
    } catch (NoSuchFileException e) {
      // All of it differs.
      LOGGER.log(System.Logger.Level.WARNING, "{0} in {1} is missing", name, disk);
      return new byte[0];
    }
  }

  /** Notes the rows of a file that are not what the leaves make. */
  private long compare(String name, long first, List<Hash> right) throws IOException {
    byte[] stored = stored(name, first * Hash.BYTES, right.size() * Hash.BYTES);
    for (int i = 0; i < right.size(); i++) {
      boolean same =
          (i + 1) * Hash.BYTES <= stored.length
              && Hash.read(stored, i * Hash.BYTES).equals(right.get(i));
      if (!same) {
        note(name, (first + i) * Hash.BYTES, right.get(i).bytes());
        if (name.equals(leafFile()) && firstLeaf < 0) {
          firstLeaf = first + i;
        }
      }
    }
    return stored.length;
  }

  private void note(String name, long offset, byte[] right) {
    if (places < PLACES_MAX) {
      places++;
      differing.computeIfAbsent(name, key -> new TreeMap<>()).put(offset, right);
    }
  }

  private void complete(TreeState to) throws IOException {
    goal = null;
    if (!frontier.root().equals(to.root())) {
      lost(
          "the records from %d on do not lead to the log's root at %d: they were changed"
              .formatted(Math.max(0, firstLeaf), to.size()));
      return;
    }
    Optional<Difference> difference = progress.difference.filter(found -> found.repaired);
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
            last.repairedPlaces + places);
  }

  private Difference repair() throws IOException {
    Map.Entry<String, TreeMap<Long, byte[]>> first = differing.entrySet().iterator().next();
    for (Map.Entry<String, TreeMap<Long, byte[]>> file : differing.entrySet()) {
      try (DiskFile open = disk.openOrCreate(file.getKey())) {
        for (Map.Entry<Long, byte[]> place : file.getValue().entrySet()) {
          open.write(ByteBuffer.wrap(place.getValue()), place.getKey());
        }
        open.sync();
      }
    }
    long offset = first.getValue().firstKey();
    Difference difference =
        new Difference(
            firstLeaf >= 0 ? firstLeaf : position(first.getKey(), offset / Hash.BYTES),
            true,
            "offset %d of %s in %s was changed, %d places in all: written again from what the leaves are made of"
                .formatted(offset, first.getKey(), disk, places),
            clock.instant());
    LOGGER.log(System.Logger.Level.ERROR, difference.description);
    return difference;
  }

  private static long position(String name, long row) {
    if (name.indexOf('-') < 0) {
      return 0;
    }
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
