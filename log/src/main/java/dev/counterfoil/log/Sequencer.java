package dev.counterfoil.log;

import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.format.tree.MerkleFrontier;
import dev.counterfoil.format.tree.TreeHasher;
import dev.counterfoil.log.checkpoint.Level;
import dev.counterfoil.log.disk.LogFailedException;
import dev.counterfoil.log.journal.RecordJournal;
import dev.counterfoil.log.record.LogEntry;
import dev.counterfoil.log.tiles.FrontierMark;
import dev.counterfoil.log.tiles.TileStore;
import dev.counterfoil.log.tiles.TreeState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Gives entries their positions, records them and releases them: the one place where a log grows.
 * Belongs to one thread. {@link #step} is a function of what waits, the disk and the clock, so that
 * a whole log can run from a seed.
 *
 * <p>What a crash leaves, by the number of the step in {@link #step}: in 1 and 2 nothing; in 3 a
 * torn end, which the journal cuts off, or whole records that were never signed, which stay; in 4
 * and 5 tiles that lag behind the journal, which the next start completes. What was released in 6
 * is durable.
 */
public final class Sequencer {
  private final RecordJournal journal;
  private final TileStore tiles;
  private final MerkleFrontier frontier;
  private final InstantSource clock;
  private final Levels levels;
  private final TreeHasher hasher = new TreeHasher();
  private final ArrayList<Submission> composed = new ArrayList<>();
  private final ArrayList<Leaf> leaves = new ArrayList<>();
  private final RecentTrees recent = new RecentTrees();
  private volatile TreeState tree;
  private volatile FrontierMark mark;
  private volatile boolean sealed;

  /** Entries of the batch that ask for a level. */
  private int willWait;

  Sequencer(
      RecordJournal journal,
      TileStore tiles,
      MerkleFrontier frontier,
      InstantSource clock,
      Levels levels,
      boolean sealed) {
    this.journal = journal;
    this.tiles = tiles;
    this.frontier = frontier;
    this.clock = clock;
    this.levels = levels;
    this.sealed = sealed;
    this.tree = new TreeState(frontier.size(), frontier.root());
    this.recent.add(tree);
    this.mark = markNow();
  }

  /** The tree over all durable entries. May be read by any thread. */
  public TreeState tree() {
    return tree;
  }

  /** The trees after the last batches. May be asked by any thread. */
  RecentTrees recent() {
    return recent;
  }

  boolean isSealed() {
    return sealed;
  }

  /** From now on every entry is refused. */
  void seal() {
    sealed = true;
  }

  /** A recent frontier whose hashes are all written out, for {@link Log#housekeep}. */
  FrontierMark mark() {
    return mark;
  }

  /** The frontier as it is now; on the sequencer's thread only. */
  FrontierMark markNow() {
    return new FrontierMark(frontier.size(), frontier.roots());
  }

  /**
   * Takes entries into the log, in their order, with one sync for all that fit into one batch.
   *
   * @throws LogFailedException when the disk failed: no entry that was not released may be signed,
   *     and the process stops
   */
  public void step(List<? extends Submission> waiting) {
    int taken = 0;
    try {
      while (taken < waiting.size()) {
        Submission submission = waiting.get(taken++);
        if (sealed) {
          submission.refused(Refusal.SEALED);
        } else {
          take(submission);
        }
      }
      finishBatch();
    } catch (LogFailedException e) {
      waiting.subList(taken, waiting.size()).forEach(submission -> submission.failed(e));
      throw e;
    }
  }

  private void take(Submission submission) {
    if (submission.level() != Level.DURABLE) {
      Optional<Refusal> refusal = levels.refusal(submission.level(), willWait);
      if (refusal.isPresent()) {
        submission.refused(refusal.get());
        return;
      }
    }
    // 1. The position that the entry has if nothing goes wrong: no hole can come of a refusal.
    long position = journal.nextIndex();
    Optional<? extends LogEntry> composition;
    try {
      composition = submission.compose(position, clock.millis());
    } catch (RuntimeException e) {
      submission.failed(e);
      return;
    }
    if (composition.isEmpty()) {
      return;
    }
    LogEntry entry = composition.get();
    if (!journal.fits(entry.payloadBytes()) && !composed.isEmpty()) {
      try {
        finishBatch();
      } catch (LogFailedException e) {
        submission.failed(e);
        throw e;
      }
      // A batch that was refused gives its positions back, so this one was composed for nothing.
      if (journal.nextIndex() != position) {
        submission.refused(Refusal.FULL);
        return;
      }
    }
    if (entry.position() != position || !journal.fits(entry.payloadBytes())) {
      submission.failed(
          new IllegalArgumentException("composed for another position, or longer than a record"));
      return;
    }
    // 2. The record and the leaf, in memory.
    journal.add(entry);
    composed.add(submission);
    if (submission.level() != Level.DURABLE) {
      willWait++;
    }
    leaves.add(entry.leaf());
  }

  private void finishBatch() {
    if (composed.isEmpty()) {
      return;
    }
    try {
      // 3. The records are durable when this returns true.
      if (!journal.commit()) {
        composed.forEach(submission -> submission.refused(Refusal.FULL));
        return;
      }
      // 4. The leaves join the tree, and the hashes are written for readers.
      long first = frontier.size();
      integrate();
      // 5. The tree is told to whoever signs checkpoints.
      TreeState grown = new TreeState(frontier.size(), frontier.root());
      recent.add(grown);
      tree = grown;
      if (frontier.size() - mark.size() >= FrontierMark.DISTANCE) {
        mark = markNow();
      }
      // 6. Now the caller may sign, unless it asked for a level.
      for (int i = 0; i < composed.size(); i++) {
        Submission submission = composed.get(i);
        Level level = submission.level();
        if (level == Level.DURABLE) {
          submission.recorded(first + i);
        } else {
          levels.add(level, submission, first + i);
        }
      }
      if (willWait > 0) {
        levels.added();
      }
    } catch (LogFailedException e) {
      composed.forEach(submission -> submission.failed(e));
      throw e;
    } finally {
      composed.clear();
      willWait = 0;
      leaves.clear();
    }
  }

  private void integrate() {
    try {
      append(leaves, frontier, tiles, hasher);
    } catch (IOException e) {
      throw new LogFailedException("writing the tiles failed", e);
    }
  }

  /**
   * Adds leaves to a tree and its files: the same when they are new and when they are recovered.
   */
  static void append(List<Leaf> leaves, MerkleFrontier frontier, TileStore tiles, TreeHasher hasher)
      throws IOException {
    try {
      for (Leaf leaf : leaves) {
        tiles.addDigest(frontier.size(), leaf.digest());
        frontier.append(
            leaf.hash(hasher),
            (level, index, hash) -> {
              try {
                tiles.addSubtree(level, index, hash);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
      }
      tiles.flush();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }
}
