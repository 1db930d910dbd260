package dev.counterfoil.log;

import dev.counterfoil.format.Checkpoint;
import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.Hash;
import dev.counterfoil.format.MerkleFrontier;
import dev.counterfoil.format.NoteKey;
import dev.counterfoil.format.SignedNote;
import dev.counterfoil.format.Tile;
import dev.counterfoil.format.TreeHasher;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * The judge of a log, for operators and tests alike: takes nothing from the log but its entries,
 * makes every tile and root from them, and compares. Reports the first difference. One object
 * checks once.
 *
 * <p>Runs of entry bundles are checked by themselves, on several threads where wanted, and joined
 * in order here: subtrees of 65,536 entries (a full tile of level 1) go on into a frontier. So the
 * first difference is the same on any number of threads.
 */
public final class LogChecker {
  /** Most threads of a check, which over HTTP is the most requests at a time. */
  public static final int THREADS_MAX = 64;

  private static final int SUBTREE_ENTRIES = Tile.FULL_WIDTH * Tile.FULL_WIDTH;

  /** Level of the first tiles whose hashes cover whole subtrees. */
  private static final int SUBTREE_TILES = 2;

  private final LogSource source;
  private final NoteKey logKey;
  private final Optional<Disk> journalDisk;
  private final Progress progress;
  private final List<Checkpoint> others = new ArrayList<>();
  private EntryForm form = EntryForm.LEAVES;
  private CosignedRule cosignedRule = note -> Optional.empty();
  private boolean mustBeCosigned;
  private int threads = 1;

  private final TreeHasher hasher = new TreeHasher();
  private final RowHasher rowHasher = new RowHasher();
  private final MerkleFrontier subtrees = new MerkleFrontier();
  private final byte[] bundleRoots = new byte[Tile.FULL_BYTES];
  private final byte[][] rows = new byte[Tile.LEVEL_MAX + 1][Tile.FULL_BYTES];
  private final long[] counts = new long[Tile.LEVEL_MAX + 1];

  /** Told from time to time how far the check came. */
  @FunctionalInterface
  public interface Progress {
    void checked(long entries, long total);
  }

  /** What the entries of a log must be. */
  public enum EntryForm {
    /** Leaves of tokens (spec/leaf.md). */
    LEAVES,
    /** Anything that tlog-tiles allows. */
    ANY
  }

  /** What a cosigned checkpoint must be besides one of the log. */
  @FunctionalInterface
  public interface CosignedRule {
    /** What it lacks; empty when it is as it should be. */
    Optional<String> lacks(SignedNote note);
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
    this.journalDisk = journalDisk;
    this.progress = progress;
    earlier.ifPresent(others::add);
  }

  /** Checkpoints that must agree with the log, and so with each other. */
  public LogChecker extending(Collection<Checkpoint> checkpoints) {
    others.addAll(checkpoints);
    return this;
  }

  /** What the entries must be; leaves of tokens, when nothing is said. */
  public LogChecker entries(EntryForm wanted) {
    if (wanted == EntryForm.ANY && journalDisk.isPresent()) {
      throw new IllegalArgumentException("only leaves have counterfoils to hold against them");
    }
    form = wanted;
    return this;
  }

  /** What a cosigned checkpoint must be, where the log has one. */
  public LogChecker cosigned(CosignedRule rule) {
    cosignedRule = rule;
    return this;
  }

  /** What a cosigned checkpoint must be; the log must have one, be it the one and only. */
  public LogChecker mustBeCosigned(CosignedRule rule) {
    mustBeCosigned = true;
    return cosigned(rule);
  }

  /** How many runs are checked at a time; one, when nothing is said. */
  public LogChecker threads(int wanted) {
    if (wanted < 1 || wanted > THREADS_MAX) {
      throw new IllegalArgumentException("want 1 to " + THREADS_MAX + " threads");
    }
    threads = wanted;
    return this;
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
      return e.different();
    }
  }

  private LogCheck checkAll() throws IOException, DifferentException {
    // Read before the log's own, which by then covers at least as much.
    Optional<byte[]> cosigned = source.cosignedCheckpoint();
    byte[] note = source.checkpoint();
    Checkpoint checkpoint = verify(note, LogCheck.Kind.CHECKPOINT_INVALID);
    if (cosigned.isEmpty() && mustBeCosigned) {
      // A static copy's own checkpoint is the cosigned one.
      cosigned = Optional.of(note);
    }
    if (cosigned.isPresent()) {
      others.add(verifyCosigned(cosigned.get()));
    }
    compareOthers(checkpoint);
    int checkpoints = others.size();
    Optional<JournalReader> journal = Optional.empty();
    if (journalDisk.isPresent()) {
      // Opened after the checkpoint was read: it must hold at least what that covers.
      journal = Optional.of(openJournal(journalDisk.get(), checkpoint));
    }
    long recordsFrom = takeBegin(journal, checkpoint);
    Hash root = deriveTree(checkpoint, journal);
    for (int level = SUBTREE_TILES; level < rows.length; level++) {
      if (counts[level] % Tile.FULL_WIDTH != 0) {
        compareTile(level);
      }
    }
    if (!root.equals(checkpoint.root())) {
      throw new DifferentException(
          LogCheck.Kind.ROOT_DIFFERS,
          0,
          "root at size " + checkpoint.size(),
          root.base64() + " from the entries",
          checkpoint.root().base64() + " in the checkpoint");
    }
    return new LogCheck.Sound(
        checkpoint,
        journal.isPresent() ? checkpoint.size() - recordsFrom : 0,
        tiles(checkpoint.size()),
        checkpoints);
  }

  /** What the journal says of the records before its first one is one more root to agree with. */
  private long takeBegin(Optional<JournalReader> journal, Checkpoint checkpoint)
      throws IOException {
    if (journal.isEmpty()) {
      return 0;
    }
    FrontierMark begin = journal.get().beginMark();
    if (begin.size() == 0 || begin.size() > checkpoint.size()) {
      // Given back is what a checkpoint covers; a static copy may lag behind that.
      return Math.min(begin.size(), checkpoint.size());
    }
    others.add(new Checkpoint(checkpoint.origin(), begin.size(), begin.root()));
    return begin.size();
  }

  private Checkpoint verify(byte[] note, LogCheck.Kind kind) throws DifferentException {
    try {
      return Checkpoint.verify(note, logKey);
    } catch (FormatException e) {
      throw new DifferentException(
          kind,
          0,
          kind == LogCheck.Kind.COSIGNED_INVALID ? "the cosigned checkpoint" : "the checkpoint",
          "one of " + logKey.name() + " that its key signed",
          String.valueOf(e.getMessage()));
    }
  }

  private Checkpoint verifyCosigned(byte[] note) throws DifferentException {
    Checkpoint checkpoint = verify(note, LogCheck.Kind.COSIGNED_INVALID);
    Optional<String> lack;
    try {
      lack = cosignedRule.lacks(SignedNote.parse(note));
    } catch (FormatException e) {
      lack = Optional.of(String.valueOf(e.getMessage()));
    }
    if (lack.isPresent()) {
      throw new DifferentException(
          LogCheck.Kind.COSIGNED_INVALID,
          0,
          "the cosigned checkpoint at size " + checkpoint.size(),
          "cosignatures as the policy wants them",
          lack.get());
    }
    return checkpoint;
  }

  /** What shows without any entry: another log, a larger size, two roots for one size. */
  private void compareOthers(Checkpoint checkpoint) throws DifferentException {
    for (Checkpoint other : others) {
      if (!other.origin().equals(checkpoint.origin())) {
        throw inconsistent(0, "the origin", checkpoint.origin(), other.origin());
      }
      if (other.size() > checkpoint.size()) {
        throw inconsistent(
            checkpoint.size(),
            "the log's size",
            "at least %d, which a checkpoint of it says".formatted(other.size()),
            Long.toString(checkpoint.size()));
      }
      if (other.size() == 0 && !other.root().equals(TreeHasher.EMPTY_ROOT)) {
        throw anotherRoot(0, TreeHasher.EMPTY_ROOT, other);
      }
    }
  }

  private static DifferentException inconsistent(
      long position, String where, String expected, String found) {
    return new DifferentException(LogCheck.Kind.NOT_CONSISTENT, position, where, expected, found);
  }

  private static DifferentException anotherRoot(long size, Hash root, Checkpoint other) {
    return inconsistent(
        0,
        "root at size " + size,
        root.base64() + " from the entries",
        other.root().base64() + " in a checkpoint of the log");
  }

  private static JournalReader openJournal(Disk disk, Checkpoint checkpoint)
      throws IOException, DifferentException {
    JournalReader journal;
    try {
      journal = JournalReader.open(disk, checkpoint.origin());
    } catch (LogDamagedException e) {
      throw new DifferentException(
          LogCheck.Kind.RECORD_DAMAGED,
          0,
          "the journal",
          "segments as they were written",
          String.valueOf(e.getMessage()));
    }
    if (journal.size() < checkpoint.size()) {
      throw new DifferentException(
          LogCheck.Kind.RECORD_MISSING,
          journal.size(),
          "the journal",
          "at least the checkpoint's %d records".formatted(checkpoint.size()),
          journal.size() + " records");
    }
    return journal;
  }

  /** Checks all runs, and gives the root over the entries. */
  private Hash deriveTree(Checkpoint checkpoint, Optional<JournalReader> journal)
      throws IOException, DifferentException {
    long size = checkpoint.size();
    if (size == 0) {
      return TreeHasher.EMPTY_ROOT;
    }
    long[] wanted = others.stream().mapToLong(Checkpoint::size).toArray();
    long[] all = Arrays.copyOf(wanted, wanted.length + 1);
    all[wanted.length] = size;
    ThreadLocal<RunCheck> checks =
        ThreadLocal.withInitial(() -> new RunCheck(source, form, journal, size, all));
    if (threads == 1) {
      @Nullable Hash root = null;
      for (long first = 0; first < size; first += RunCheck.ENTRIES) {
        root = join(first, checks.get().check(first), size);
      }
      return Objects.requireNonNull(root);
    }
    return deriveInParallel(size, checks);
  }

  private Hash deriveInParallel(long size, ThreadLocal<RunCheck> checks)
      throws IOException, DifferentException {
    ExecutorService workers =
        Executors.newFixedThreadPool(
            threads, Thread.ofPlatform().daemon().name("log-check-", 0).factory());
    try {
      ArrayDeque<Future<RunCheck.Result>> ahead = new ArrayDeque<>();
      long next = 0;
      @Nullable Hash root = null;
      for (long first = 0; first < size; first += RunCheck.ENTRIES) {
        // Twice the threads: none waits for the slowest of a round.
        for (; next < size && ahead.size() < 2 * threads; next += RunCheck.ENTRIES) {
          long run = next;
          ahead.add(workers.submit(() -> checks.get().check(run)));
        }
        root = join(first, await(ahead.remove()), size);
      }
      return Objects.requireNonNull(root);
    } finally {
      workers.shutdownNow();
    }
  }

  private static RunCheck.Result await(Future<RunCheck.Result> run)
      throws IOException, DifferentException {
    try {
      return run.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      InterruptedIOException interrupted = new InterruptedIOException("the check was ended");
      interrupted.initCause(e);
      throw interrupted;
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case DifferentException different -> throw different;
        case IOException failed -> throw failed;
        case null, default -> throw new IllegalStateException("a run could not be checked", e);
      }
    }
  }

  /** Takes a run into the tree, in order; the root at its end. */
  private Hash join(long first, RunCheck.Result run, long size)
      throws IOException, DifferentException {
    int bundles = (int) (first / Tile.FULL_WIDTH % Tile.FULL_WIDTH);
    System.arraycopy(run.roots(), 0, bundleRoots, bundles * Hash.BYTES, run.roots().length);
    long end = first + run.entries();
    for (Checkpoint other : others) {
      if (other.size() > first && other.size() <= end) {
        Hash root = rootAt(other.size(), run);
        if (!root.equals(other.root())) {
          throw anotherRoot(other.size(), root, other);
        }
      }
    }
    Hash root = rootAt(end, run);
    if (end % SUBTREE_ENTRIES == 0 || end == size) {
      closeSubtree(end);
    }
    progress.checked(end, size);
    return root;
  }

  /** The root of a tree that ends inside a run or with it. */
  private Hash rootAt(long end, RunCheck.Result run) {
    long first = subtrees.size() * SUBTREE_ENTRIES;
    int full = (int) ((end - first) / Tile.FULL_WIDTH);
    Hash inner = run.inner().get(end);
    Hash root;
    if (inner == null) {
      root = rowHasher.root(bundleRoots, full);
    } else {
      // Written where the bundle's own root will stand, or has stood: put back after.
      byte[] kept = Arrays.copyOfRange(bundleRoots, full * Hash.BYTES, (full + 1) * Hash.BYTES);
      inner.write(bundleRoots, full * Hash.BYTES);
      root = rowHasher.root(bundleRoots, full + 1);
      System.arraycopy(kept, 0, bundleRoots, full * Hash.BYTES, Hash.BYTES);
    }
    List<Hash> before = subtrees.roots();
    for (int i = before.size() - 1; i >= 0; i--) {
      root = hasher.node(before.get(i), root);
    }
    return root;
  }

  /** Compares the tile of level 1 over a subtree that ends here, and goes on upward. */
  private void closeSubtree(long end) throws IOException, DifferentException {
    long index = subtrees.size();
    int full = (int) ((end - index * SUBTREE_ENTRIES) / Tile.FULL_WIDTH);
    if (full > 0) {
      RunCheck.compare(source, new Tile(1, index, full), bundleRoots);
    }
    if (full < Tile.FULL_WIDTH) {
      return;
    }
    subtrees.append(rowHasher.root(bundleRoots, full), this::collect);
    for (int level = SUBTREE_TILES; level < rows.length && isFull(level, end); level++) {
      compareTile(level);
    }
  }

  private void collect(int level, long index, Hash hash) {
    if (level % 8 == 0) {
      int tileLevel = SUBTREE_TILES + level / 8;
      hash.write(rows[tileLevel], (int) (index % Tile.FULL_WIDTH) * Hash.BYTES);
      counts[tileLevel] = index + 1;
    }
  }

  /** Whether the last of a size's entries completed a tile of the level. */
  private static boolean isFull(int level, long size) {
    return Long.numberOfTrailingZeros(size) >= 8 * (level + 1);
  }

  /** Compares the tile of a level that was collected last with the log's. */
  private void compareTile(int level) throws IOException, DifferentException {
    long last = counts[level] - 1;
    int width = (int) (last % Tile.FULL_WIDTH) + 1;
    RunCheck.compare(source, new Tile(level, last / Tile.FULL_WIDTH, width), rows[level]);
  }

  private static long tiles(long size) {
    long tiles = 0;
    for (int level = 0; level <= Tile.LEVEL_MAX; level++) {
      long hashes = size >> (8 * level);
      tiles += (hashes + Tile.FULL_WIDTH - 1) / Tile.FULL_WIDTH;
    }
    return tiles;
  }
}
