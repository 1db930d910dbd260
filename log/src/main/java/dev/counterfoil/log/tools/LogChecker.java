package dev.counterfoil.log.tools;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.Extension;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.tree.Tile;
import dev.counterfoil.format.tree.TreeHasher;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.LogDamagedException;
import dev.counterfoil.log.journal.JournalReader;
import dev.counterfoil.log.read.LogSource;
import dev.counterfoil.log.tiles.FrontierMark;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * The judge of a log, for operators and tests alike: takes nothing from the log but its entries,
 * makes every tile and root from them, and compares. Reports the first difference. Belongs to one
 * thread.
 *
 * <p>Runs of entry bundles are checked by themselves, on several threads where wanted, and joined
 * in order ({@link DerivedTree}). So the first difference is the same on any number of threads.
 *
 * <p>Asked again, it goes on where it ended, from the last whole bundle on: what it derived itself
 * it does not read again, so that following a log costs what is new. A tile that was changed behind
 * it is found by a new object, which begins at the first entry.
 */
public final class LogChecker {
  /** Most threads of a check, which over HTTP is the most requests at a time. */
  public static final int THREADS_MAX = 64;

  private final LogSource source;
  private final NoteKey logKey;
  private final Optional<Disk> journalDisk;
  private final Progress progress;
  private final List<Checkpoint> others = new ArrayList<>();
  private EntryForm form = EntryForm.LEAVES;
  private CosignedRule cosignedRule = note -> Optional.empty();
  private boolean mustBeCosigned;
  private int threads = 1;

  private DerivedTree tree;
  private Set<Checkpoint> agreed = Set.of();
  private byte[] lastNote = {};
  private @Nullable Checkpoint last;

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
    this.tree = new DerivedTree(source);
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
    boolean isSound = false;
    try {
      LogCheck.Sound sound = checkNew();
      isSound = true;
      return sound;
    } catch (DifferentException e) {
      return e.different();
    } finally {
      if (!isSound) {
        // How far it came is not known; what the log once said still holds.
        beginAnew();
      }
    }
  }

  private void beginAnew() {
    tree = new DerivedTree(source);
    agreed = Set.of();
  }

  private LogCheck.Sound checkNew() throws IOException, DifferentException {
    // Read before the log's own, which by then covers at least as much.
    Optional<byte[]> cosigned = source.cosignedCheckpoint();
    byte[] note = source.checkpoint();
    Checkpoint checkpoint =
        last != null && Arrays.equals(note, lastNote)
            ? last
            : verify(note, LogCheck.Kind.CHECKPOINT_INVALID);
    if (cosigned.isEmpty() && mustBeCosigned) {
      // A static copy's own checkpoint is the cosigned one.
      cosigned = Optional.of(note);
    }
    List<Checkpoint> held = new ArrayList<>(others);
    if (cosigned.isPresent()) {
      held.add(verifyCosigned(cosigned.get()));
    }
    final int checkpoints = held.size();
    if (last != null) {
      held.add(last);
    }
    compareOthers(checkpoint, held);
    Optional<JournalReader> journal = Optional.empty();
    if (journalDisk.isPresent()) {
      // Opened after the checkpoint was read: it must hold at least what that covers.
      journal = Optional.of(openJournal(journalDisk.get(), checkpoint));
    }
    long recordsFrom = takeBegin(journal, checkpoint, held);
    long from = derive(checkpoint, journal, held);
    agreed = new HashSet<>(held);
    agreed.add(checkpoint);
    last = checkpoint;
    lastNote = note;
    return new LogCheck.Sound(
        checkpoint,
        journal.isPresent() ? checkpoint.size() - Math.max(recordsFrom, from) : 0,
        tiles(checkpoint.size()),
        checkpoints);
  }

  /** Holds a checkpoint, and others up to it, against the entries; the first entry it took. */
  private long derive(Checkpoint checkpoint, Optional<JournalReader> journal, List<Checkpoint> held)
      throws IOException, DifferentException {
    if (agreed.contains(checkpoint) && agreed.containsAll(held)) {
      return checkpoint.size();
    }
    if (held.stream()
        .anyMatch(
            other -> !agreed.contains(other) && other.size() > 0 && other.size() <= tree.size())) {
      // The roots behind the tree's end are not kept.
      beginAnew();
    }
    // The last, unfinished bundle is read again: what was said of it must still hold.
    List<Checkpoint> open = held.stream().filter(other -> other.size() > tree.size()).toList();
    long from = tree.size();
    Hash root = deriveTree(checkpoint, journal, open);
    tree.compareUpperTiles();
    if (!root.equals(checkpoint.root())) {
      throw new DifferentException(
          LogCheck.Kind.ROOT_DIFFERS,
          0,
          "root at size " + checkpoint.size(),
          root.base64() + " from the entries",
          checkpoint.root().base64() + " in the checkpoint");
    }
    return from;
  }

  /** What the journal says of the records before its first one is one more root to agree with. */
  private static long takeBegin(
      Optional<JournalReader> journal, Checkpoint checkpoint, List<Checkpoint> held)
      throws IOException {
    if (journal.isEmpty()) {
      return 0;
    }
    FrontierMark begin = journal.get().beginMark();
    if (begin.size() == 0 || begin.size() > checkpoint.size()) {
      // Given back is what a checkpoint covers; a static copy may lag behind that.
      return Math.min(begin.size(), checkpoint.size());
    }
    held.add(new Checkpoint(checkpoint.origin(), begin.size(), begin.root()));
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
  private static void compareOthers(Checkpoint checkpoint, List<Checkpoint> held)
      throws DifferentException {
    for (Checkpoint other : held) {
      if (!other.origin().equals(checkpoint.origin())) {
        throw inconsistent(0, "the origin", checkpoint.origin(), other.origin());
      }
      if (Extension.judge(other, checkpoint) == Extension.OLDER) {
        throw inconsistent(
            checkpoint.size(),
            "the log's size",
            "at least %d, which a checkpoint of it says".formatted(other.size()),
            Long.toString(checkpoint.size()));
      }
      if (other.size() == 0 && !other.root().equals(TreeHasher.EMPTY_ROOT)) {
        throw DerivedTree.anotherRoot(0, TreeHasher.EMPTY_ROOT, other);
      }
    }
  }

  private static DifferentException inconsistent(
      long position, String where, String expected, String found) {
    return new DifferentException(LogCheck.Kind.NOT_CONSISTENT, position, where, expected, found);
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

  /** Checks all runs from the tree's end on, and gives the root over the entries. */
  private Hash deriveTree(
      Checkpoint checkpoint, Optional<JournalReader> journal, List<Checkpoint> open)
      throws IOException, DifferentException {
    long size = checkpoint.size();
    if (size == 0) {
      return TreeHasher.EMPTY_ROOT;
    }
    if (size == tree.size()) {
      return tree.root();
    }
    long[] wanted = open.stream().mapToLong(Checkpoint::size).toArray();
    long[] all = Arrays.copyOf(wanted, wanted.length + 1);
    all[wanted.length] = size;
    ThreadLocal<RunCheck> checks =
        ThreadLocal.withInitial(() -> new RunCheck(source, form, journal, size, all));
    if (threads == 1) {
      @Nullable Hash root = null;
      for (long first = tree.size(); first < size; first = RunCheck.after(first)) {
        root = join(checks.get().check(first), open, size);
      }
      return Objects.requireNonNull(root);
    }
    return deriveInParallel(size, checks, open);
  }

  private Hash deriveInParallel(long size, ThreadLocal<RunCheck> checks, List<Checkpoint> open)
      throws IOException, DifferentException {
    ExecutorService workers =
        Executors.newFixedThreadPool(
            threads, Thread.ofPlatform().daemon().name("log-check-", 0).factory());
    try {
      ArrayDeque<Future<RunCheck.Result>> ahead = new ArrayDeque<>();
      long next = tree.size();
      @Nullable Hash root = null;
      for (long first = next; first < size; first = RunCheck.after(first)) {
        // Twice the threads: none waits for the slowest of a round.
        for (; next < size && ahead.size() < 2 * threads; next = RunCheck.after(next)) {
          long run = next;
          ahead.add(workers.submit(() -> checks.get().check(run)));
        }
        root = join(await(ahead.remove()), open, size);
      }
      return Objects.requireNonNull(root);
    } finally {
      workers.shutdownNow();
    }
  }

  private Hash join(RunCheck.Result run, List<Checkpoint> open, long size)
      throws IOException, DifferentException {
    Hash root = tree.join(run, open, size);
    progress.checked(run.first() + run.entries(), size);
    return root;
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

  private static long tiles(long size) {
    long tiles = 0;
    for (int level = 0; level <= Tile.LEVEL_MAX; level++) {
      long hashes = size >> (8 * level);
      tiles += (hashes + Tile.FULL_WIDTH - 1) / Tile.FULL_WIDTH;
    }
    return tiles;
  }
}
